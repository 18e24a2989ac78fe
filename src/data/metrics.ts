import { ShapeError } from '../tensor/errors.js'

/** A mean weighted by example counts: a short last batch counts for what it holds. */
export class Meter {
  #sum = 0
  #count = 0

  /** @param value a mean over `count` examples */
  add(value: number, count: number): void {
    this.#sum += value * count
    this.#count += count
  }

  /** NaN before anything was added. */
  get mean(): number {
    return this.#sum / this.#count
  }

  get count(): number {
    return this.#count
  }

  reset(): void {
    this.#sum = 0
    this.#count = 0
  }
}

/**
 * The share of examples, 0..1, whose label has the largest logit. Of equal logits the first counts as the largest; a NaN
 * never counts as right.
 * @param logits (N, K) @param labels (N,)
 */
export function accuracy(logits: Float32Array, labels: ArrayLike<number>): number {
  return topKAccuracy(logits, labels, 1)
}

/** How many examples' label has the largest logit, as in `accuracy`. @param logits (N, K) @param labels (N,) */
export function countCorrect(logits: Float32Array, labels: ArrayLike<number>): number {
  return Math.round(accuracy(logits, labels) * labels.length)
}

/** The share of examples, 0..1, whose label is among the k largest logits. @param logits (N, K) @param labels (N,) */
export function topKAccuracy(logits: Float32Array, labels: ArrayLike<number>, k: number): number {
  const classes = classCount(logits, labels)
  let right = 0
  for (let i = 0; i < labels.length; i++) {
    if (rankOf(logits.subarray(i * classes, (i + 1) * classes), labels[i]!) < k) right++
  }
  return right / labels.length
}

/**
 * How often each class was taken for each other: entry `label * K + predicted` counts examples.
 * @param logits (N, K) @param labels (N,)
 * @param counts (K, K) to add to, if the examples come in batches
 * @returns (K, K)
 */
export function confusionMatrix(logits: Float32Array, labels: ArrayLike<number>, counts?: Int32Array): Int32Array {
  const classes = classCount(logits, labels)
  counts ??= new Int32Array(classes * classes)
  for (let i = 0; i < labels.length; i++) {
    const entry = labels[i]! * classes + argmax(logits.subarray(i * classes, (i + 1) * classes))
    counts[entry] = counts[entry]! + 1
  }
  return counts
}

/** Where the largest number is; of equal ones the first. */
export function argmax(values: Float32Array): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}

/** How many logits come before the label's. Written so that every comparison with NaN counts against it. */
function rankOf(row: Float32Array, label: number): number {
  const own = row[label]!
  let rank = 0
  for (let j = 0; j < row.length; j++) {
    if (j !== label && !(j < label ? own > row[j]! : own >= row[j]!)) rank++
  }
  return rank
}

function classCount(logits: Float32Array, labels: ArrayLike<number>): number {
  const classes = logits.length / labels.length
  if (!Number.isInteger(classes) || classes === 0) {
    throw new ShapeError(
      `expected logits (N, K) for ${labels.length} labels, got ${logits.length} values, not a multiple of ${labels.length}`,
    )
  }
  return classes
}
