/**
 * Boxes are lists of numbers (x1, y1, x2, y2), pixels, four a box: box i lies at 4 i … 4 i + 3. x2 and y2 are the right and lower edge,
 * so that the width is x2 − x1.
 */
export type Boxes = Float64Array

/** How many boxes a list holds. */
export const countBoxes = (boxes: Boxes): number => boxes.length / 4

/** Width times height of box i. */
export const areaOf = (boxes: Boxes, i: number): number =>
  (boxes[4 * i + 2]! - boxes[4 * i]!) * (boxes[4 * i + 3]! - boxes[4 * i + 1]!)

/** Intersection over union of box i of a and box j of b; 0 where both are empty. */
export function iou(a: Boxes, i: number, b: Boxes, j: number): number {
  const width = Math.min(a[4 * i + 2]!, b[4 * j + 2]!) - Math.max(a[4 * i]!, b[4 * j]!)
  const height = Math.min(a[4 * i + 3]!, b[4 * j + 3]!) - Math.max(a[4 * i + 1]!, b[4 * j + 1]!)
  if (width <= 0 || height <= 0) return 0
  const intersection = width * height
  return intersection / (areaOf(a, i) + areaOf(b, j) - intersection)
}

/** (count of a, count of b), row-major: the intersection over union of each box of a with each of b. */
export function iouMatrix(a: Boxes, b: Boxes): Float64Array {
  const columns = countBoxes(b)
  const out = new Float64Array(countBoxes(a) * columns)
  for (let i = 0; i < countBoxes(a); i++) for (let j = 0; j < columns; j++) out[i * columns + j] = iou(a, i, b, j)
  return out
}

/** Cut boxes at the border of an image, in place. */
export function clipBoxes(boxes: Boxes, width: number, height: number): Boxes {
  for (let k = 0; k < boxes.length; k++) boxes[k] = Math.min(Math.max(boxes[k]!, 0), k % 2 === 0 ? width : height)
  return boxes
}

/** The boxes at these positions, in this order. */
export function takeBoxes(boxes: Boxes, indexes: ArrayLike<number>): Boxes {
  const out = new Float64Array(4 * indexes.length)
  for (let i = 0; i < indexes.length; i++) out.set(boxes.subarray(4 * indexes[i]!, 4 * indexes[i]! + 4), 4 * i)
  return out
}

/** Several lists one after the other. */
export function joinBoxes(lists: readonly Boxes[]): Boxes {
  const out = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0))
  let start = 0
  for (const list of lists) {
    out.set(list, start)
    start += list.length
  }
  return out
}
