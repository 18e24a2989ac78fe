import { Generator } from '../tensor/random.js'
import type { ImageDataset } from './dataset.js'
import { type Mix, mixBatch } from './mix.js'
import { type Augment, isTurnedIn, writeExample } from './transforms.js'

/** What decides, with an epoch and a step, every bit of a batch. */
export type BatchPlan = {
  readonly batchSize: number
  readonly order: 'shuffle' | 'sequential'
  readonly seed: number
  readonly augment: Augment
  /** Which images, as indexes in the dataset. */
  readonly indexes: Int32Array
  readonly mix: Mix | null
}

/** Where a batch is written to, each from its start. */
export type Slot = {
  /** (batchSize, channels, height, width) */
  images: Float32Array
  /** (batchSize,) */
  labels: Int32Array
  /** (batchSize, classes), where images are mixed */
  targets: Float32Array | null
}

/** A part of each stream of random numbers that mixing draws from, which tells it from those of images. */
const mixStream = 1

/** The dataset's indexes in the order of one epoch: a function of (seed, epoch) and nothing else. */
export function epochOrder({ order, seed, indexes }: BatchPlan, epoch: number): Int32Array {
  return order === 'shuffle' ? new Generator(seed, epoch).shuffle(indexes.slice()) : indexes
}

/**
 * Write one step. An image's changes are drawn from (seed, epoch, index in the dataset), so they do
 * not depend on the batch it falls in, nor on the thread that prepares it.
 * @param order of the epoch
 * @returns how many examples there were: fewer than batchSize only at the end of the data
 */
export function writeBatch(
  dataset: ImageDataset,
  { batchSize, seed, augment, mix }: BatchPlan,
  order: Int32Array,
  epoch: number,
  step: number,
  { images, labels, targets }: Slot,
): number {
  const { channels, height, width, classes } = dataset
  const size = channels * height * width
  const changes = augment.crop > 0 || augment.flip !== false || augment.cutout > 0 || augment.rand !== undefined
  const batch = order.subarray(step * batchSize, (step + 1) * batchSize)
  for (let i = 0; i < batch.length; i++) {
    const index = batch[i]!
    labels[i] = dataset.labels[index]!
    const generator = changes ? new Generator(seed, epoch, index) : null
    const isTurned = augment.flip === 'alternate' && isTurnedIn(epoch, seed, index)
    writeExample(dataset, index, augment, generator, images, i * size, isTurned)
  }
  if (mix && targets) {
    const shape = [batch.length, channels, height, width] as const
    const generator = new Generator(seed, epoch, step, mixStream)
    mixBatch({ images, labels, targets, shape, classes: classes.length }, mix, generator)
  }
  return batch.length
}
