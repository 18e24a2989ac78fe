import type { DatasetSplits } from '../cifar10.js'
import type { ImageDataset } from '../dataset.js'
import type { StoredImages } from './imageStore.js'
import type { Split } from './source.js'

/** The parts as data sets, which share the memory. @param name of the whole */
export function toSplits(
  name: string,
  { facts, labels, images }: StoredImages,
  classes: readonly string[],
): DatasetSplits {
  const { height, width, count, trainCount, valCount, mean, std, digest } = facts
  const length = 3 * height * width
  const part = (split: Split, from: number, to: number): ImageDataset => ({
    ...{ name: `${name}/${split}`, channels: 3, height, width, classes, mean, std, digest },
    ...{ count: to - from, labels: labels.subarray(from, to), images: images.subarray(from * length, to * length) },
  })
  const test = part('test', trainCount + valCount, count)
  const validation = valCount > 0 ? { validation: part('val', trainCount, trainCount + valCount) } : {}
  return { train: part('train', 0, trainCount), test, ...validation }
}
