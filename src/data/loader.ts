import { ConfigError, DataError, showShape } from '../tensor/errors.js'
import { type BatchPlan, epochOrder, type Slot, writeBatch } from './batch.js'
import { type ImageDataset, sharedBytes } from './dataset.js'
import type { Mix } from './mix.js'
import { Prefetcher } from './prefetcher.js'
import { allIndexes } from './split.js'
import { type Augment, augmentPresets } from './transforms.js'

/** How a loader makes batches. */
export type LoaderOptions = {
  batchSize: number
  /** 'shuffle' draws a new order every epoch; default 'sequential' */
  order?: 'shuffle' | 'sequential'
  /** Order and augmentation follow from it; default 0 */
  seed?: number
  /** Default: none */
  augment?: Augment
  /** Mixup and CutMix; default: none. Batches then have `targets`. */
  mix?: Mix
  /** Use these images alone, by their indexes in the dataset; default: all */
  indexes?: Int32Array
  /** Leave out a last batch that is not full; default false */
  dropLast?: boolean
  /** Prepare batches ahead of time in a worker thread, else on demand in this one; the same bits either way. Default true */
  worker?: boolean
}

/** Images with their labels. */
export type Batch = {
  /** (count, channels, height, width), normalized */
  readonly images: Float32Array
  /** (count,); of mixed images, the class with the largest share */
  readonly labels: Int32Array
  /** (count, classes): the share of each class, where images are mixed */
  readonly targets?: Float32Array
  readonly count: number
  /** The shape of `images`. */
  readonly shape: [number, number, number, number]
  /** Position in the epoch, from 0. */
  readonly step: number
}

/** One batch in the consumer's hands, two ready or in the making. */
const slotCount = 3

/**
 * Batches of a dataset. The order is a function of (seed, epoch) and the augmentation one of (seed, epoch, index), so a run
 * picks up at any (epoch, step) with no stored state.
 *
 *     for await (const { images, labels, shape } of loader.epoch(0)) { … }
 *
 * A batch's arrays are valid until the next one is asked for: the memory is used again.
 */
export class DataLoader {
  readonly dataset: ImageDataset
  /** Which images, in the order of the data set. */
  readonly indexes: Int32Array
  /** Images in an epoch, those of a last batch that is left out included. */
  readonly count: number
  readonly stepsPerEpoch: number
  readonly dropLast: boolean
  readonly batchSize: number
  readonly #plan: BatchPlan
  readonly #prefetcher: Prefetcher | null
  /** For the next epoch. Memory that two threads share is not given back until both have collected it, and the worker hardly ever does. */
  readonly #free: Slot[] = []

  /** @throws ConfigError on a bad option, DataError if the dataset's arrays do not have the size its fields say */
  constructor(dataset: ImageDataset, options: LoaderOptions) {
    const { batchSize, order = 'sequential', seed = 0, augment = augmentPresets.none } = options
    const { mix = null, dropLast = false } = options
    checkDataset(dataset)
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ConfigError(`DataLoader: expected batchSize to be a whole number of at least 1, got ${batchSize}`)
    }
    this.dataset = dataset
    const indexes = options.indexes ?? allIndexes(dataset.count)
    checkIndexes(dataset, indexes)
    if (mix) checkMix(mix, batchSize)
    this.indexes = indexes
    this.count = indexes.length
    this.dropLast = dropLast
    this.batchSize = batchSize
    this.stepsPerEpoch = (dropLast ? Math.floor : Math.ceil)(indexes.length / batchSize)
    if (this.stepsPerEpoch === 0) {
      throw new ConfigError(
        `DataLoader: no full batch of ${batchSize} in ${dataset.name} (${indexes.length} images): ` +
          'choose a smaller batchSize, or dropLast: false',
      )
    }
    this.#plan = { batchSize, order, seed, augment, indexes, mix }
    this.#prefetcher = (options.worker ?? true) ? new Prefetcher(dataset, this.#plan) : null
  }

  /** The batches of one epoch from step `startStep` on. */
  epoch(epoch: number, startStep = 0): AsyncGenerator<Batch, void> {
    return this.#prefetcher ? this.#prefetched(this.#prefetcher, epoch, startStep) : this.#inline(epoch, startStep)
  }

  /** End the worker thread. An epoch that is waiting for it fails; a later one starts it anew. */
  async close(): Promise<void> {
    await this.#prefetcher?.close()
  }

  async *#prefetched(prefetcher: Prefetcher, epoch: number, startStep: number): AsyncGenerator<Batch, void> {
    const queue: { slot: Slot; count: Promise<number> }[] = []
    let nextStep = startStep
    const enqueue = (slot: Slot) => {
      if (nextStep < this.stepsPerEpoch) queue.push({ slot, count: prefetcher.request(epoch, nextStep++, slot) })
      else this.#free.push(slot)
    }
    try {
      for (let i = 0; i < slotCount; i++) enqueue(this.#takeSlot())
      for (let step = startStep; step < this.stepsPerEpoch; step++) {
        const { slot, count } = queue[0]!
        yield this.#batch(slot, await prefetcher.wait(count), step)
        queue.shift()
        enqueue(slot)
      }
    } finally {
      // An epoch that was left early: what it asked for is still going to be written.
      for (const { slot, count } of queue) count.then(() => this.#free.push(slot)).catch(() => {})
    }
  }

  async *#inline(epoch: number, startStep: number): AsyncGenerator<Batch, void> {
    const slot = this.#takeSlot()
    const order = epochOrder(this.#plan, epoch)
    try {
      for (let step = startStep; step < this.stepsPerEpoch; step++) {
        const count = writeBatch(this.dataset, this.#plan, order, epoch, step, slot)
        yield this.#batch(slot, count, step)
      }
    } finally {
      this.#free.push(slot)
    }
  }

  #takeSlot(): Slot {
    const free = this.#free.pop()
    if (free) return free
    const { batchSize, mix } = this.#plan
    const floats = (count: number) => new Float32Array(sharedBytes(count * 4).buffer)
    return {
      images: floats(batchSize * this.#imageSize),
      labels: new Int32Array(sharedBytes(batchSize * 4).buffer),
      targets: mix && floats(batchSize * this.dataset.classes.length),
    }
  }

  #batch({ images, labels, targets }: Slot, count: number, step: number): Batch {
    const { channels, height, width, classes } = this.dataset
    return {
      images: images.subarray(0, count * this.#imageSize),
      labels: labels.subarray(0, count),
      ...(targets ? { targets: targets.subarray(0, count * classes.length) } : {}),
      count,
      shape: [count, channels, height, width],
      step,
    }
  }

  get #imageSize(): number {
    return this.dataset.channels * this.dataset.height * this.dataset.width
  }
}

function checkDataset({ name, images, labels, count, channels, height, width }: ImageDataset): void {
  const shape = [count, channels, height, width]
  const bytes = count * channels * height * width
  if (images.length !== bytes || labels.length !== count) {
    throw new DataError(
      `${name}: expected ${bytes} image bytes for ${showShape(shape)} and ${count} labels, ` +
        `got ${images.length} bytes and ${labels.length} labels`,
    )
  }
}

function checkIndexes({ name, count }: ImageDataset, indexes: Int32Array): void {
  const wrong = indexes.find((index) => index < 0 || index >= count)
  if (wrong !== undefined) {
    throw new ConfigError(`DataLoader: expected indexes from 0 to ${count - 1} in ${name}, got ${wrong}`)
  }
}

function checkMix({ mixup, cutmix }: Mix, batchSize: number): void {
  if (!(mixup >= 0 && cutmix >= 0 && mixup + cutmix > 0)) {
    throw new ConfigError(`DataLoader: expected mixup or cutmix above 0, got ${mixup} and ${cutmix}`)
  }
  if (batchSize < 2)
    throw new ConfigError('DataLoader: images are mixed within a batch: expected batchSize of at least 2')
}
