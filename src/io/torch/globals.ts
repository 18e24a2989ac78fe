import { DataError } from '../../tensor/errors.js'
import { type DtypeName, dtypes, readNumbers, toBytes } from '../dtypes.js'
import { InertClass, InertObject, pathOf } from '../pickle/inert.js'
import { type PickleGlobals, StatefulMap } from '../pickle/machine.js'
import { NumpyArray, numpyGlobals } from '../pickle/numpy.js'
import { StorageType, TorchDtype, TorchStorage, TorchTensor, UnreadableTensor } from './tensors.js'

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
  UntypedStorage: 'U8',
}

const elementTypes: Record<string, DtypeName> = {
  ...{ float32: 'F32', float: 'F32', float64: 'F64', double: 'F64', float16: 'F16', half: 'F16', bfloat16: 'BF16' },
  ...{ int64: 'I64', long: 'I64', int32: 'I32', int: 'I32', int16: 'I16', short: 'I16', int8: 'I8', uint8: 'U8' },
  ...{ uint16: 'U16', uint32: 'U32', uint64: 'U64', bool: 'BOOL' },
}

/**
 * Bytes of a number in a storage whose numbers cannot be read, by the storage's name: the storages behind it must be
 * found.
 */
const unreadableBytes: Record<string, number> = {
  ...{ ComplexFloatStorage: 8, ComplexDoubleStorage: 16 },
  ...{ QUInt8Storage: 1, QInt8Storage: 1, QInt32Storage: 4, QUInt4x2Storage: 1, QUInt2x4Storage: 1 },
}

const rebuildTensor = (storage: unknown, offset: unknown, shape: unknown, strides: unknown) =>
  storage instanceof TorchStorage && storage.unreadable !== null
    ? new UnreadableTensor(storage.unreadable)
    : new TorchTensor(storage, offset, shape, strides)

/** With a storage of bytes, and the type of its numbers beside it. */
function rebuildTyped(
  storage: unknown,
  offset: unknown,
  shape: unknown,
  strides: unknown,
  ...more: unknown[]
): unknown {
  const type = more[2]
  if (!(type instanceof TorchDtype)) return new UnreadableTensor(pathOf(type))
  if (!(storage instanceof TorchStorage)) throw new DataError('a tensor without a storage')
  const { dtype } = type
  const size = Math.floor(storage.bytes / dtypes[dtype].bytes)
  const typed = new TorchStorage(dtype, size, () => readNumbers(dtype, toBytes(storage.numbers), 0, size))
  return new TorchTensor(typed, offset, shape, strides)
}

const itself = (value: unknown) => value
const unreadable = (what: string) => () => new UnreadableTensor(what)

/** `_rebuild_from_type_v2(function, class, arguments, state)`: a tensor of a class of its own. */
const rebuildFromType = (rebuild: unknown, type: unknown, args: unknown) =>
  typeof rebuild === 'function' && Array.isArray(args) ? rebuild(...args) : new InertObject(pathOf(type), [])

/** How Python 3 writes bytes into protocol 2. */
function encode(text: unknown, encoding: unknown): Uint8Array {
  if (typeof text !== 'string' || encoding !== 'latin1') throw new DataError('expected text to encode as latin1')
  return Buffer.from(text, 'latin1')
}

const setOf = (items: unknown) => new Set(Array.isArray(items) ? items : [])

/** What old protocols make of an object: of this class, with a state to come. */
const reconstruct = (type: unknown) => new InertObject(pathOf(type), [])

/** `torch.device` and the like are never needed; `OrderedDict` may come with its items. */
function orderedDict(items: unknown): StatefulMap {
  const map = new StatefulMap()
  const pairs = items instanceof Map ? [...items] : Array.isArray(items) ? items : []
  for (const pair of pairs) if (Array.isArray(pair) && pair.length === 2) map.set(pair[0], pair[1])
  return map
}

/**
 * What makes tensors, arrays and plain data of a file of PyTorch's. Whatever else a pickle names becomes an inert
 * object: its arguments and state are kept, nothing is called.
 */
export const torchGlobals: PickleGlobals = {
  ...numpyGlobals,
  'collections.OrderedDict': orderedDict,
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor_v3': rebuildTyped,
  'torch._utils._rebuild_parameter': itself,
  'torch._utils._rebuild_parameter_with_state': itself,
  'torch._utils._rebuild_device_tensor_from_numpy': itself,
  'torch._tensor._rebuild_from_type_v2': rebuildFromType,
  'torch._utils._rebuild_qtensor': unreadable('quantized'),
  'torch._utils._rebuild_sparse_tensor': unreadable('sparse'),
  'torch._utils._rebuild_sparse_csr_tensor': unreadable('sparse'),
  'torch._utils._rebuild_nested_tensor': unreadable('nested'),
  'torch._utils._rebuild_meta_tensor_no_storage': unreadable('a meta tensor without numbers'),
  'torch.nn.parameter.Parameter': itself,
  'torch.nn.parameter.Buffer': itself,
  'torch.autograd.variable.Variable': itself,
  ...Object.fromEntries(
    Object.entries(storages).flatMap(([name, dtype]) =>
      ['torch', 'torch.cuda', 'torch.storage'].map((module) => [`${module}.${name}`, new StorageType(dtype)]),
    ),
  ),
  ...Object.fromEntries(Object.entries(elementTypes).map(([name, dtype]) => [`torch.${name}`, new TorchDtype(dtype)])),
  'torch.Size': itself,
  'copy_reg._reconstructor': reconstruct,
  'copyreg._reconstructor': reconstruct,
  '_codecs.encode': encode,
  '__builtin__.set': setOf,
  'builtins.set': setOf,
  '__builtin__.bytearray': encodeBytes,
  'builtins.bytearray': encodeBytes,
}

/** `bytearray(text, 'latin-1')`, as protocol 2 writes it, or of bytes. */
function encodeBytes(content: unknown): Uint8Array {
  if (typeof content === 'string') return Buffer.from(content, 'latin1')
  return content instanceof Uint8Array ? content : new Uint8Array()
}

/** Of the class of storage that a pickle's reference names: the type of its numbers, or why they cannot be read. */
export function storageType(value: unknown): { dtype: DtypeName } | { unreadable: string; bytes: number } {
  if (value instanceof StorageType) return value
  const name = value instanceof InertClass ? value.path.replace(/^.*\./, '') : ''
  const bytes = Object.hasOwn(unreadableBytes, name) ? unreadableBytes[name]! : undefined
  if (bytes === undefined) throw new DataError(`a storage of unknown type${name === '' ? '' : ` ${name}`}`)
  return { unreadable: name.replace('Storage', ''), bytes }
}

/** Whether a value in a pickle has numbers in a shape. */
export const isArray = (value: unknown): value is TorchTensor | NumpyArray =>
  value instanceof TorchTensor || value instanceof NumpyArray
