import { DataError } from '../tensor/errors.js'
import { type ImageDataset, sharedBytes } from './dataset.js'

/**
 * The record layout of CIFAR-10's binary version (https://www.cs.toronto.edu/~kriz/cifar.html): one label byte, then the red,
 * green and blue planes of a 32 × 32 image, row by row.
 */
export const imageBytes = 3 * 32 * 32
export const recordBytes = 1 + imageBytes

/** Names of the classes of CIFAR-10, by label. */
export const cifarClasses: readonly string[] = [
  ...['airplane', 'automobile', 'bird', 'cat', 'deer'],
  ...['dog', 'frog', 'horse', 'ship', 'truck'],
]

/** Per-channel statistics of the 50 000 training images, x / 255. */
export const cifarMean: readonly number[] = [0.4914, 0.4822, 0.4465]
/** Standard deviation of each channel over the training images, of values from 0 to 1. */
export const cifarStd: readonly number[] = [0.247, 0.2435, 0.2616]

/**
 * A dataset from files of records, in their order.
 * @throws DataError if a file is not a whole number of records or holds a label above 9
 */
export function datasetFromRecords(
  name: string,
  files: ReadonlyArray<{ path: string; bytes: Uint8Array }>,
): ImageDataset {
  for (const { path, bytes } of files) {
    if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
      throw new DataError(`${path}: expected CIFAR-10 records of ${recordBytes} bytes each, got ${bytes.length} bytes`)
    }
  }
  const count = files.reduce((sum, { bytes }) => sum + bytes.length / recordBytes, 0)
  const images = sharedBytes(count * imageBytes)
  const labels = sharedBytes(count)
  let index = 0
  for (const { path, bytes } of files) {
    for (let at = 0; at < bytes.length; at += recordBytes, index++) {
      const label = bytes[at]!
      if (label >= cifarClasses.length) {
        throw new DataError(`${path}: expected labels 0 to 9, got ${label} in record ${at / recordBytes}`)
      }
      labels[index] = label
      images.set(bytes.subarray(at + 1, at + recordBytes), index * imageBytes)
    }
  }
  return {
    ...{ name, images, labels, count },
    ...{ channels: 3, height: 32, width: 32 },
    ...{ classes: cifarClasses, mean: cifarMean, std: cifarStd },
  }
}

/**
 * Records from labels and the images beside each other.
 * @param pixels (labels.length, 3, 32, 32) if `layout` is 'planar', else (labels.length, 32, 32, 3)
 */
export function toRecords(labels: ArrayLike<number>, pixels: Uint8Array, layout: 'planar' | 'interleaved'): Uint8Array {
  if (pixels.length !== labels.length * imageBytes) {
    throw new DataError(
      `expected ${labels.length} images of ${imageBytes} bytes for ${labels.length} labels, got ${pixels.length} bytes`,
    )
  }
  const records = new Uint8Array(labels.length * recordBytes)
  for (let i = 0; i < labels.length; i++) {
    const start = i * recordBytes + 1
    const image = pixels.subarray(i * imageBytes, (i + 1) * imageBytes)
    records[start - 1] = labels[i]!
    if (layout === 'planar') {
      records.set(image, start)
    } else {
      for (let p = 0; p < imageBytes; p++) records[start + (p % 3) * 1024 + Math.floor(p / 3)] = image[p]!
    }
  }
  return records
}
