import type { ImageDataset } from '../../src/data/dataset.js'
import { allIndexes } from '../../src/data/split.js'
import { augmentPresets, normalizePlanes } from '../../src/data/transforms.js'
import type { Module } from '../../src/nn/module.js'
import { SGD } from '../../src/optim/sgd.js'
import { Stepper } from '../../src/train/stepper.js'
import type { Network, Settings, Step, Test, View } from '../protocol.js'
import { batches } from './batches.js'
import { type DrawnStep, drawStep } from './drawStep.js'
import { look, test } from './look.js'
import { buildNetwork, describeNetwork } from './network.js'

/** One network and its training. */
export class Session {
  readonly network: Network
  readonly #model: Module
  readonly #optimizer: SGD
  readonly #stepper: Stepper
  readonly #train: ImageDataset
  readonly #testImages: Float32Array
  readonly #testLabels: Int32Array
  #settings: Settings
  #batches: ReturnType<typeof batches>
  #step = 0
  #epoch = 0

  constructor(data: { train: ImageDataset; test: ImageDataset }, settings: Settings) {
    this.#settings = settings
    this.#model = buildNetwork(settings)
    this.network = describeNetwork(this.#model, settings)
    this.#optimizer = new SGD(this.#model.namedParameters(), { lr: settings.lr, momentum: 0.9, weightDecay: 5e-4 })
    this.#stepper = new Stepper(this.#model, this.#optimizer)
    this.#train = data.train
    this.#testImages = normalizeAll(data.test)
    this.#testLabels = Int32Array.from(data.test.labels)
    this.#batches = this.#batchesFrom(0)
  }

  /** Go on with these. A new batch size begins with the next epoch. */
  tune(settings: Settings): void {
    const hasNewSize = settings.batchSize !== this.#settings.batchSize
    this.#settings = settings
    this.#optimizer.lr = settings.lr
    if (hasNewSize) this.#batches = this.#batchesFrom(this.#epoch + 1)
  }

  step(): Step {
    const start = performance.now()
    const batch = this.#batches.next().value
    const { loss, correct, images } = this.#stepper.step(batch)
    this.#step++
    this.#epoch = batch.epoch
    const seconds = (performance.now() - start) / 1000
    const { epoch, endsEpoch } = batch
    return { step: this.#step, epoch: epoch + 1, endsEpoch, loss, accuracy: correct / images, images, seconds }
  }

  test(): Test {
    return { step: this.#step, ...test(this.#model, this.#testImages, this.#testLabels) }
  }

  /** @param path of a Ghost module; another network's if this one has none of that name */
  look(image: Uint8Array, path: string): View {
    const { layers } = this.network
    const layer = layers.find((candidate) => candidate.path === path) ?? layers[0]!
    return look(this.#model, layer, normalizePlanes(image, this.#train))
  }

  /** On a copy of the network, which goes on as if nothing had been. */
  draw(module: string | null): DrawnStep {
    const copy = buildNetwork(this.#settings)
    copy.loadStateDict(this.#model.stateDict())
    const size = this.#train.images.length / this.#train.count
    const image = normalizePlanes(this.#train.images.subarray(0, size), this.#train)
    return drawStep(copy, image, this.#train.labels[0]!, module)
  }

  #batchesFrom(epoch: number): ReturnType<typeof batches> {
    const { batchSize } = this.#settings
    const indexes = allIndexes(this.#train.count)
    const plan = { batchSize, order: 'shuffle', seed: 0, augment: augmentPresets.standard, indexes, mix: null } as const
    return batches(this.#train, plan, epoch)
  }
}

function normalizeAll(dataset: ImageDataset): Float32Array {
  const size = dataset.images.length / dataset.count
  const out = new Float32Array(dataset.images.length)
  for (let i = 0; i < dataset.count; i++) {
    out.set(normalizePlanes(dataset.images.subarray(i * size, (i + 1) * size), dataset), i * size)
  }
  return out
}
