import { type PickleGlobals, readPickle, type Stateful } from '../io/pickle/reader.js'
import { DataError } from '../tensor/errors.js'
import { imageBytes, toRecords } from './cifarRecords.js'

/** Records from one batch file of CIFAR-10's Python version; see `readPickledBatch`. */
export function recordsFromPickle(path: string, bytes: Uint8Array): Uint8Array {
  const { labels, pixels } = readPickledBatch(path, bytes, 'labels')
  return toRecords(labels, pixels, 'planar')
}

/**
 * What is in one batch file of CIFAR-10's or CIFAR-100's Python version: a pickled dict with a list of N numbers, the labels, and `data`, a
 * numpy array of uint8 (N, 3072), red, green and blue plane (https://www.cs.toronto.edu/~kriz/cifar.html).
 * @param path names the file in messages
 * @param key of the labels
 */
export function readPickledBatch(
  path: string,
  bytes: Uint8Array,
  key: 'labels' | 'fine_labels' | 'coarse_labels',
): { labels: number[]; pixels: Uint8Array } {
  let batch: unknown
  try {
    batch = readPickle(bytes, numpyGlobals)
  } catch (error) {
    // A wrong file may as well trip over a value of the wrong kind as over an opcode.
    throw new DataError(
      `${path}: expected a ${key === 'labels' ? 'CIFAR-10' : 'CIFAR-100'} batch of the Python version (${(error as Error).message})`,
    )
  }
  const fields = new Map(batch instanceof Map ? Array.from(batch, ([name, value]) => [asText(name), value]) : [])
  const labels = listOf(fields.get(key))
  const data = fields.get('data')
  if (labels === null || !(data instanceof ByteArray)) {
    throw new DataError(`${path}: expected a dict with a list '${key}' and a uint8 array 'data'`)
  }
  const [count, columns] = data.shape
  if (count !== labels.length || columns !== imageBytes) {
    throw new DataError(`${path}: expected data (${labels.length}, ${imageBytes}), got (${data.shape.join(', ')})`)
  }
  return { labels, pixels: data.bytes }
}

/** Python 2 wrote keys as strings, Python 3 as bytes. */
export const asText = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value

function listOf(value: unknown): number[] | null {
  if (value instanceof ByteArray) return [...value.bytes]
  return Array.isArray(value) && value.every((label) => typeof label === 'number') ? value : null
}

/** A numpy array of uint8 in C order, as `numpy.ndarray.__reduce__` writes it. */
class ByteArray implements Stateful {
  shape: number[] = []
  bytes = new Uint8Array(0)

  setState(state: unknown): void {
    const [, shape, type, fortranOrder, raw] = state as [number, number[], DType, boolean, string | Uint8Array]
    if (type.code !== 'u1' || fortranOrder) throw new DataError(`expected a uint8 array in C order, got ${type.code}`)
    this.shape = shape
    this.bytes = bytesOf(raw)
  }
}

const bytesOf = (raw: string | Uint8Array): Uint8Array<ArrayBuffer> =>
  typeof raw === 'string' ? Buffer.from(raw, 'latin1') : new Uint8Array(raw)

/** As pickle's protocol 5 writes an array. */
function fromBuffer(raw: string | Uint8Array, type: DType, shape: number[], order: string): ByteArray {
  const array = new ByteArray()
  array.setState([1, shape, type, order === 'F', raw])
  return array
}

class DType implements Stateful {
  constructor(readonly code: unknown) {}

  /** Byte order and fields, which single bytes have none of. */
  setState(): void {}
}

const reconstruct = () => new ByteArray()

const numpyGlobals: PickleGlobals = {
  'numpy.core.multiarray._reconstruct': reconstruct,
  'numpy._core.multiarray._reconstruct': reconstruct, // NumPy 2
  'numpy.core.numeric._frombuffer': fromBuffer,
  'numpy._core.numeric._frombuffer': fromBuffer,
  'numpy.ndarray': () => new ByteArray(), // only named, as the class to reconstruct
  'numpy.dtype': (code: unknown) => new DType(code),
  '_codecs.encode': (text: unknown) => text, // bytes in Python 3's protocol 2, as Latin-1
}
