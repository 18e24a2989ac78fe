import { DataError } from '../../tensor/errors.js'
import type { DtypeName } from '../dtypes.js'
import { type PickleGlobals, StatefulMap } from '../pickle/machine.js'
import { StorageType, TorchTensor } from './tensors.js'

const storages: Record<string, DtypeName> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
}

/** What only stands for itself: nothing in it is used. */
class Inert {
  setState(): void {}
}

const inert = () => new Inert()

const rebuildTensor = (storage: unknown, offset: unknown, shape: unknown, strides: unknown) =>
  new TorchTensor(storage, offset, shape, strides)

/** How Python 3 writes bytes into protocol 2. */
function encode(text: unknown, encoding: unknown): Uint8Array {
  if (typeof text !== 'string' || encoding !== 'latin1') throw new DataError('expected text to encode as latin1')
  return Buffer.from(text, 'latin1')
}

/**
 * Everything that a checkpoint of PyTorch's may name; each makes data and nothing else. Beside tensors these are the things that
 * training scripts keep beside the weights: command-line arguments, the best accuracy as a NumPy scalar.
 */
export const torchGlobals: PickleGlobals = {
  'collections.OrderedDict': () => new StatefulMap(),
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': (tensor: unknown) => tensor,
  ...Object.fromEntries(Object.entries(storages).map(([name, dtype]) => [`torch.${name}`, new StorageType(dtype)])),
  'torch.Size': (sizes: unknown) => sizes,
  'torch.device': inert,
  ...Object.fromEntries(
    ['float32', 'float64', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'].map((name) => [
      `torch.${name}`,
      new Inert(),
    ]),
  ),
  'argparse.Namespace': inert,
  '_codecs.encode': encode,
  'numpy.dtype': inert,
  'numpy.core.multiarray.scalar': inert,
  'numpy._core.multiarray.scalar': inert,
  '__builtin__.set': (items: unknown) => new Set(Array.isArray(items) ? items : []),
  'builtins.set': (items: unknown) => new Set(Array.isArray(items) ? items : []),
}

/** The class of storage that a pickle's reference names. */
export function storageType(value: unknown): DtypeName {
  if (value instanceof StorageType) return value.dtype
  throw new DataError('a storage of unknown type')
}
