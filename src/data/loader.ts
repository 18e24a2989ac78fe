import { ConfigError, DataError, showShape } from '../tensor/errors.js'
import { type BatchPlan, epochOrder, writeBatch } from './batch.js'
import { type ImageDataset, sharedBytes } from './dataset.js'
import { Prefetcher } from './prefetcher.js'
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
  /** Leave out a last batch that is not full; default false */
  dropLast?: boolean
  /** Prepare batches ahead of time in a worker thread, else on demand in this one; the same bits either way. Default true */
  worker?: boolean
}

/** Images with their labels. */
export type Batch = {
  /** (count, channels, height, width), normalized */
  readonly images: Float32Array
  /** (count,) */
  readonly labels: Int32Array
  readonly count: number
  /** The shape of `images`. */
  readonly shape: [number, number, number, number]
  /** Position in the epoch, from 0. */
  readonly step: number
}

type Slot = { images: Float32Array; labels: Int32Array }

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
  readonly stepsPerEpoch: number
  readonly #plan: BatchPlan
  readonly #prefetcher: Prefetcher | null

  /** @throws ConfigError on a bad option, DataError if the dataset's arrays do not have the size its fields say */
  constructor(dataset: ImageDataset, options: LoaderOptions) {
    const { batchSize, order = 'sequential', seed = 0, augment = augmentPresets.none } = options
    checkDataset(dataset)
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new ConfigError(`DataLoader: expected batchSize to be a whole number of at least 1, got ${batchSize}`)
    }
    this.dataset = dataset
    this.stepsPerEpoch = (options.dropLast ? Math.floor : Math.ceil)(dataset.count / batchSize)
    if (this.stepsPerEpoch === 0) {
      throw new ConfigError(
        `DataLoader: no full batch of ${batchSize} in ${dataset.name} (${dataset.count} images): ` +
          'choose a smaller batchSize, or dropLast: false',
      )
    }
    this.#plan = { batchSize, order, seed, augment }
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
    // Slots belong to one epoch, so one that was left early cannot be written to on behalf of the next.
    const queue: { slot: Slot; count: Promise<number> }[] = []
    let nextStep = startStep
    const enqueue = (slot: Slot) => {
      if (nextStep < this.stepsPerEpoch) queue.push({ slot, count: prefetcher.request(epoch, nextStep++, slot) })
    }
    for (let i = 0; i < slotCount; i++) enqueue(this.#newSlot())
    for (let step = startStep; step < this.stepsPerEpoch; step++) {
      const { slot, count } = queue.shift()!
      yield this.#batch(slot, await prefetcher.wait(count), step)
      enqueue(slot)
    }
  }

  async *#inline(epoch: number, startStep: number): AsyncGenerator<Batch, void> {
    const slot = this.#newSlot()
    const indexes = epochOrder(this.dataset.count, this.#plan, epoch)
    for (let step = startStep; step < this.stepsPerEpoch; step++) {
      const count = writeBatch(this.dataset, this.#plan, indexes, epoch, step, slot.images, slot.labels)
      yield this.#batch(slot, count, step)
    }
  }

  #newSlot(): Slot {
    const { batchSize } = this.#plan
    return {
      images: new Float32Array(sharedBytes(batchSize * this.#imageSize * 4).buffer),
      labels: new Int32Array(sharedBytes(batchSize * 4).buffer),
    }
  }

  #batch({ images, labels }: Slot, count: number, step: number): Batch {
    const { channels, height, width } = this.dataset
    return {
      images: images.subarray(0, count * this.#imageSize),
      labels: labels.subarray(0, count),
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
