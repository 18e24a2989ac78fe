import { type Boxes, countBoxes, iou } from './boxes.js'

/** What a reference box is for, where it is for no truth. */
export const background = -1
export const between = -2

/** Overlaps (intersection over union) from which a reference box is for a truth, and below which it is background. */
export interface MatchThresholds {
  positive: number
  negative: number
  /** Whether each truth also keeps the references that overlap it most, however little. */
  keepsBest: boolean
}

/**
 * For each reference box the truth that it overlaps most: its position, `background`, or `between` where it is neither near enough nor
 * far enough. Equal overlaps: the first truth.
 */
export function matchBoxes(references: Boxes, truths: Boxes, thresholds: MatchThresholds): Int32Array {
  const { positive, negative, keepsBest } = thresholds
  const count = countBoxes(references)
  const truthCount = countBoxes(truths)
  const matches = new Int32Array(count)
  const nearest = new Int32Array(count)
  const bestOfTruth = new Float64Array(truthCount)
  const overlaps = new Float64Array(count * truthCount)
  for (let i = 0; i < count; i++) {
    let best = 0
    for (let j = 0; j < truthCount; j++) {
      const overlap = iou(references, i, truths, j)
      overlaps[i * truthCount + j] = overlap
      if (overlap > best) {
        best = overlap
        nearest[i] = j
      }
      if (overlap > bestOfTruth[j]!) bestOfTruth[j] = overlap
    }
    matches[i] = truthCount > 0 && best >= positive ? nearest[i]! : best < negative ? background : between
  }
  if (!keepsBest) return matches
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < truthCount; j++) {
      // As in torchvision, the reference then is for the truth that it itself overlaps most.
      if (bestOfTruth[j]! > 0 && overlaps[i * truthCount + j] === bestOfTruth[j]) matches[i] = nearest[i]!
    }
  }
  return matches
}
