import type { Boxes } from './boxes.js'

/** What each of (dx, dy, dw, dh) is multiplied by: 1 / its deviation. */
export type CodeWeights = readonly [number, number, number, number]

/** The largest log dw and log dh that are believed: a factor of 1000 / 16, as in Detectron. */
const mostGrowth = Math.log(1000 / 16)

/**
 * Boxes as differences to reference boxes of width w and height h with the centre (x, y), as in R-CNN (Girshick et al. 2014, appendix C):
 * (x′ − x) / w, (y′ − y) / h, log(w′ / w), log(h′ / h), each times its weight.
 * @param boxes and references have equal lengths
 * @returns four numbers a box
 */
export function encodeBoxes(boxes: Boxes, references: Boxes, weights: CodeWeights = [1, 1, 1, 1]): Float64Array {
  const codes = new Float64Array(boxes.length)
  for (let k = 0; k < boxes.length; k += 4) {
    const width = references[k + 2]! - references[k]!
    const height = references[k + 3]! - references[k + 1]!
    const newWidth = boxes[k + 2]! - boxes[k]!
    const newHeight = boxes[k + 3]! - boxes[k + 1]!
    codes[k] = (weights[0] * (boxes[k]! + newWidth / 2 - references[k]! - width / 2)) / width
    codes[k + 1] = (weights[1] * (boxes[k + 1]! + newHeight / 2 - references[k + 1]! - height / 2)) / height
    codes[k + 2] = weights[2] * Math.log(newWidth / width)
    codes[k + 3] = weights[3] * Math.log(newHeight / height)
  }
  return codes
}

/** The inverse of `encodeBoxes`; log(w′ / w) and log(h′ / h) count as at most log(1000 / 16). */
export function decodeBoxes(
  codes: ArrayLike<number>,
  references: Boxes,
  weights: CodeWeights = [1, 1, 1, 1],
): Float64Array {
  const boxes = new Float64Array(references.length)
  for (let k = 0; k < boxes.length; k += 4) {
    const width = references[k + 2]! - references[k]!
    const height = references[k + 3]! - references[k + 1]!
    const x = (codes[k]! / weights[0]) * width + references[k]! + width / 2
    const y = (codes[k + 1]! / weights[1]) * height + references[k + 1]! + height / 2
    const halfWidth = (Math.exp(Math.min(codes[k + 2]! / weights[2], mostGrowth)) * width) / 2
    const halfHeight = (Math.exp(Math.min(codes[k + 3]! / weights[3], mostGrowth)) * height) / 2
    boxes[k] = x - halfWidth
    boxes[k + 1] = y - halfHeight
    boxes[k + 2] = x + halfWidth
    boxes[k + 3] = y + halfHeight
  }
  return boxes
}
