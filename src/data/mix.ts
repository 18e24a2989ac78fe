import type { Generator } from '../tensor/random.js'
import { beta } from './beta.js'

/** Images blended with others of their batch; the targets follow. */
export interface Mix {
  /** α of mixup (Zhang et al. 2018, https://arxiv.org/abs/1710.09412); 0: off. */
  readonly mixup: number
  /** α of CutMix (Yun et al. 2019, https://arxiv.org/abs/1905.04899); 0: off. With both on, each batch gets one of them, by a coin. */
  readonly cutmix: number
}

export interface MixedBatch {
  /** (count, channels, height, width), changed in place */
  images: Float32Array
  /** (count,), in place: the class that has the larger share */
  labels: Int32Array
  /** (count, classes), to be filled: the share of each class */
  targets: Float32Array
  /** [count, channels, height, width] */
  shape: readonly [number, number, number, number]
  classes: number
}

/** Mix each image of a batch with another one: one λ ~ Beta(α, α) and one permutation a batch, as in both papers' code. */
export function mixBatch(batch: MixedBatch, { mixup, cutmix }: Mix, generator: Generator): void {
  const [count] = batch.shape
  const isCut = cutmix > 0 && (mixup === 0 || generator.integer(2) === 1)
  const drawn = beta(generator, isCut ? cutmix : mixup)
  const partners = generator.shuffle(Int32Array.from({ length: count }, (_, i) => i))
  const share = isCut ? pasteBoxes(batch, partners, drawn, generator) : blend(batch, partners, drawn)
  mixTargets(batch, partners, share)
}

/** x ← λ · x + (1 − λ) · partner. @returns λ */
function blend({ images, shape: [count, ...rest] }: MixedBatch, partners: Int32Array, lambda: number): number {
  const size = rest.reduce((a, b) => a * b)
  const originals = images.slice(0, count * size)
  for (let i = 0; i < count; i++) {
    const [own, other] = [i * size, partners[i]! * size]
    for (let j = 0; j < size; j++) {
      images[own + j] = lambda * originals[own + j]! + (1 - lambda) * originals[other + j]!
    }
  }
  return lambda
}

/** A box of about 1 − λ of the area comes from the partner. @returns the share that is left of the image itself */
function pasteBoxes(batch: MixedBatch, partners: Int32Array, lambda: number, generator: Generator): number {
  const [count, channels, height, width] = batch.shape
  const side = Math.sqrt(1 - lambda)
  const [y0, y1] = span(height, Math.floor(height * side), generator)
  const [x0, x1] = span(width, Math.floor(width * side), generator)
  const plane = height * width
  const originals = batch.images.slice(0, count * channels * plane)
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < channels; c++) {
      const [own, other] = [(i * channels + c) * plane, (partners[i]! * channels + c) * plane]
      for (let y = y0; y < y1; y++) {
        const row = originals.subarray(other + y * width + x0, other + y * width + x1)
        batch.images.set(row, own + y * width + x0)
      }
    }
  }
  return 1 - ((y1 - y0) * (x1 - x0)) / plane
}

/** `length` pixels around one anywhere on an axis of `size`, cut off at its ends. */
function span(size: number, length: number, generator: Generator): [from: number, until: number] {
  const from = generator.integer(size) - (length >> 1)
  return [Math.max(0, from), Math.min(size, from + length)]
}

function mixTargets({ labels, targets, shape, classes }: MixedBatch, partners: Int32Array, share: number): void {
  const originals = labels.slice(0, shape[0])
  targets.fill(0)
  originals.forEach((own, i) => {
    const other = originals[partners[i]!]!
    targets[i * classes + own]! += share
    targets[i * classes + other]! += 1 - share
    labels[i] = share >= 0.5 ? own : other
  })
}
