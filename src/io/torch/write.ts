import { stridesOf } from '../../tensor/shape.js'
import type { StateDict } from '../../tensor/stateDict.js'
import { toBytes } from '../dtypes.js'
import { type FileArray, fromStateValue } from '../fileArray.js'
import { PickleWriter } from '../pickle/writer.js'
import { writeZip } from '../zip/write.js'

const storages = { F32: 'FloatStorage', I64: 'LongStorage' } as const

/** PyTorch keeps numbers at multiples of this, so that a file can be mapped into memory. */
const alignment = 64

/**
 * The bytes of a `.pth` file that `torch.load` gives back as an OrderedDict of tensors, for `load_state_dict`: float32 tensors on
 * the CPU, and int64 ones for counters. The form is that of PyTorch 1.6 and later.
 */
export function encodeTorch(tensors: StateDict): Uint8Array {
  const arrays = Object.entries(tensors).map(([name, value]) => [name, fromStateValue(name, value)] as const)
  const text = (content: string) => Buffer.from(content)
  return writeZip(
    [
      ['archive/data.pkl', pickle(arrays)],
      ['archive/byteorder', text('little')],
      ...arrays.map(([, { data }], i) => [`archive/data/${i}`, toBytes(data)] as const),
      ['archive/version', text('3\n')],
    ],
    alignment,
  )
}

/** Each tensor has a storage of its own, named by its number. */
function pickle(arrays: readonly (readonly [name: string, array: FileArray])[]): Uint8Array {
  const w = new PickleWriter()
  const ints = (values: readonly number[]) => () => w.tuple(...values.map((n) => () => w.int(n)))
  const dict = () => w.call('collections', 'OrderedDict')
  const storage = ({ dtype, data }: FileArray, key: number) =>
    w
      .tuple(
        () => w.text('storage'),
        () => w.global('torch', storages[dtype as keyof typeof storages]),
        () => w.text(String(key)),
        () => w.text('cpu'),
        () => w.int(data.length),
      )
      .persistentId()
  const tensor = (array: FileArray, key: number) =>
    w.call(
      'torch._utils',
      '_rebuild_tensor_v2',
      () => storage(array, key),
      () => w.int(0), // offset
      ints(array.shape),
      ints(stridesOf(array.shape)),
      () => w.false(), // requires no gradient
      dict, // no hooks
    )
  const items = arrays.map(([name, array], i) => [() => w.text(name), () => tensor(array, i)] as const)
  dict()
  return w.setItems(items).finish()
}
