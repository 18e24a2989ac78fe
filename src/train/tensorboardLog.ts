import { appendFileSync, statSync } from 'node:fs'
import type { DataLoader } from '../data/loader.js'
import { montage } from '../figures/montage.js'
import { colourImage, greyMap } from '../figures/pixels.js'
import { encodePng, type Pixels } from '../figures/png.js'
import { encodeEvent, fileHeader, type SummaryValue } from '../io/tensorboard/events.js'
import { histogram } from '../io/tensorboard/histogram.js'
import type { Module } from '../nn/module.js'
import { datasetImage } from './datasetImage.js'
import type { EpochRecord, StepRecord } from './logs.js'
import { Misclassified } from './misclassified.js'

/** Images in a picture of misclassified ones. */
const perClass = 8

/**
 * A run as an event file of TensorBoard: curves by the step; after each epoch histograms of weights, of the gradients of its last
 * step, the filters of the first convolution, and test images that were misclassified, by their class.
 */
export class TensorBoardLog {
  readonly #misclassified = new Misclassified(perClass)

  constructor(
    readonly path: string,
    readonly model: Module,
    /** What is evaluated after each epoch. */
    readonly evaluated: DataLoader | null,
  ) {}

  step({ step, loss, accuracy, lr, imagesPerSecond }: StepRecord): void {
    this.#write(
      step,
      scalars({ 'loss/train': loss, 'accuracy/train': accuracy, lr, images_per_second: imagesPerSecond }),
    )
  }

  /** While gradients are there. */
  gradients(step: number): void {
    const values: SummaryValue[] = []
    for (const [name, { gradArray }] of this.model.namedParameters()) {
      if (!gradArray) continue
      values.push({ tag: `gradients/${name}`, histogram: histogram(gradArray.backend.read(gradArray)) })
    }
    this.#write(step, values)
  }

  /** Of each batch of an evaluation, as it comes. */
  logits(logits: Float32Array, labels: Int32Array): void {
    this.#misclassified.add(logits, labels)
  }

  epoch({ step, trainLoss, trainAccuracy, valLoss, valAccuracy, testLoss, testAccuracy }: EpochRecord): void {
    const means = { 'loss/train_epoch': trainLoss, 'accuracy/train_epoch': trainAccuracy }
    const validation = { 'loss/val': valLoss, 'accuracy/val': valAccuracy }
    const test = { 'loss/test': testLoss, 'accuracy/test': testAccuracy }
    const curves = scalars({ ...means, ...validation, ...test })
    this.#write(step, [...curves, ...this.#weights(), ...this.#filters(), ...this.#mistakes()])
    this.#misclassified.clear()
  }

  #weights(): SummaryValue[] {
    return Array.from(this.model.namedParameters(), ([name, { data }]) => {
      return { tag: `weights/${name}`, histogram: histogram(data) }
    })
  }

  /** Of the first convolution, if it reads grey or coloured images. */
  #filters(): SummaryValue[] {
    const first = [...this.model.namedParameters()].find(([, { shape }]) => shape.length === 4)
    if (!first) return []
    const [name, { shape, data }] = first
    const [count, channels, height, width] = shape as [number, number, number, number]
    if (channels !== 1 && channels !== 3) return []
    const size = channels * height * width
    const tiles = Array.from({ length: count }, (_, i) => {
      const grey = greyMap(data.subarray(i * size, (i + 1) * size), width)
      return channels === 1 ? grey : colourImage(grey.data, width)
    })
    return [picture(`filters/${name}`, montage(tiles, { columns: 16, zoom: 8, gap: 2 }))]
  }

  #mistakes(): SummaryValue[] {
    if (!this.evaluated) return []
    const { dataset, indexes } = this.evaluated
    return Array.from(this.#misclassified.byLabel, ([label, positions]) => {
      const tiles = positions.map((position) => datasetImage(dataset, indexes[position]!))
      return picture(`misclassified/${dataset.classes[label]}`, montage(tiles, { columns: perClass, zoom: 2 }))
    })
  }

  #write(step: number, values: readonly SummaryValue[]): void {
    const time = Date.now() / 1000
    const isNew = !statSync(this.path, { throwIfNoEntry: false })?.size
    appendFileSync(
      this.path,
      Buffer.concat([...(isNew ? [fileHeader(time)] : []), encodeEvent({ time, step }, values)]),
    )
  }
}

/** Those that there are. */
const scalars = (values: Record<string, number | null | undefined>): SummaryValue[] =>
  Object.entries(values).flatMap(([tag, scalar]) => (typeof scalar === 'number' ? [{ tag, scalar }] : []))

const picture = (tag: string, pixels: Pixels): SummaryValue => ({ tag, image: { ...pixels, png: encodePng(pixels) } })
