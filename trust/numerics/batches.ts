import type { ImageDataset } from '../../src/data/dataset.js'
import type { Batch } from '../../src/data/loader.js'

/** Images step·size … of a data set in its order, from the start again after the last full batch; not augmented. */
export function batchAt(data: ImageDataset, step: number, size: number): Batch {
  const { images, labels, count, mean, std, channels, height, width } = data
  const [area, from] = [height * width, (step % Math.floor(count / size)) * size]
  const pixels = images.subarray(from * channels * area, (from + size) * channels * area)
  const channelOf = (i: number) => Math.floor(i / area) % channels
  return {
    images: Float32Array.from(pixels, (x, i) => (x / 255 - mean[channelOf(i)]!) / std[channelOf(i)]!),
    labels: Int32Array.from(labels.subarray(from, from + size)),
    count: size,
    shape: [size, channels, height, width],
    step,
  }
}
