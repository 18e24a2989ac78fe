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
  key: 'labels' | 'fine_labels',
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
  const labels = batch instanceof Map ? batch.get(key) : undefined
  const data = batch instanceof Map ? batch.get('data') : undefined
  if (!Array.isArray(labels) || !(data instanceof ByteArray)) {
    throw new DataError(`${path}: expected a dict with a list '${key}' and a uint8 array 'data'`)
  }
  const [count, columns] = data.shape
  if (count !== labels.length || columns !== imageBytes) {
    throw new DataError(`${path}: expected data (${labels.length}, ${imageBytes}), got (${data.shape.join(', ')})`)
  }
  return { labels: labels as number[], pixels: data.bytes }
}

/** A numpy array of uint8 in C order, as `numpy.ndarray.__reduce__` writes it. */
class ByteArray implements Stateful {
  shape: number[] = []
  bytes = new Uint8Array(0)

  setState(state: unknown): void {
    const [, shape, type, fortranOrder, raw] = state as [number, number[], DType, boolean, string]
    if (type.code !== 'u1' || fortranOrder) throw new DataError(`expected a uint8 array in C order, got ${type.code}`)
    this.shape = shape
    this.bytes = Buffer.from(raw, 'latin1')
  }
}

class DType implements Stateful {
  constructor(readonly code: unknown) {}

  /** Byte order and fields, which single bytes have none of. */
  setState(): void {}
}

const numpyGlobals: PickleGlobals = {
  'numpy.core.multiarray._reconstruct': () => new ByteArray(),
  'numpy.ndarray': () => new ByteArray(), // only named, as the class to reconstruct
  'numpy.dtype': (code: unknown) => new DType(code),
}
