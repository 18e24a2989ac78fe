import { Generator } from '../tensor/random.js'
import type { ImageDataset } from './dataset.js'
import { type Augment, writeExample } from './transforms.js'

/** What decides, with an epoch and a step, every bit of a batch. */
export type BatchPlan = {
  readonly batchSize: number
  readonly order: 'shuffle' | 'sequential'
  readonly seed: number
  readonly augment: Augment
}

/** The dataset's indexes in the order of one epoch: a function of (seed, epoch) and nothing else. */
export function epochOrder(count: number, { order, seed }: BatchPlan, epoch: number): Int32Array {
  const indexes = Int32Array.from({ length: count }, (_, i) => i)
  return order === 'shuffle' ? new Generator(seed, epoch).shuffle(indexes) : indexes
}

/**
 * Write the images and labels of one step. An image's changes are drawn from (seed, epoch, index in the dataset), so they do
 * not depend on the batch it falls in, nor on the thread that prepares it.
 * @param images (batchSize, channels, height, width), filled from the start
 * @param labels (batchSize,)
 * @returns how many examples there were: fewer than batchSize only at the end of the data
 */
export function writeBatch(
  dataset: ImageDataset,
  { batchSize, seed, augment }: BatchPlan,
  indexes: Int32Array,
  epoch: number,
  step: number,
  images: Float32Array,
  labels: Int32Array,
): number {
  const size = dataset.channels * dataset.height * dataset.width
  const changes = augment.crop > 0 || augment.flip || augment.cutout > 0
  const batch = indexes.subarray(step * batchSize, (step + 1) * batchSize)
  for (let i = 0; i < batch.length; i++) {
    const index = batch[i]!
    labels[i] = dataset.labels[index]!
    writeExample(dataset, index, augment, changes ? new Generator(seed, epoch, index) : null, images, i * size)
  }
  return batch.length
}
