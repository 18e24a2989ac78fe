import { areaOf, type Boxes, countBoxes } from './boxes.js'

/** Positions of the scores, highest first; equal ones in their order. */
export const byScore = (scores: ArrayLike<number>): Uint32Array =>
  Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b)

/**
 * Non-maximum suppression: of boxes that overlap by more than `threshold` (intersection over union), only the one with the highest score
 * is kept. Boxes of different groups (classes, levels) do not meet.
 * @param groups one number a box; default: all are of one group
 * @param most stop when so many are kept
 * @returns positions of the kept boxes, highest score first
 */
export function nms(
  boxes: Boxes,
  scores: ArrayLike<number>,
  threshold: number,
  groups: ArrayLike<number> | null = null,
  most = Number.POSITIVE_INFINITY,
): number[] {
  const kept: number[] = []
  const keptOf = new Map<number, number[]>()
  const areas = Float64Array.from({ length: countBoxes(boxes) }, (_, i) => areaOf(boxes, i))
  for (const i of byScore(scores)) {
    if (kept.length >= most) break
    const group = groups ? groups[i]! : 0
    const rivals = keptOf.get(group) ?? []
    if (overlapsOneOf(rivals, boxes, areas, i, threshold)) continue
    kept.push(i)
    rivals.push(i)
    keptOf.set(group, rivals)
  }
  return kept
}

/** Whether box i overlaps one of others by more than `threshold`; as `iou` says, without a call for each pair. */
function overlapsOneOf(
  others: readonly number[],
  boxes: Boxes,
  areas: Float64Array,
  i: number,
  threshold: number,
): boolean {
  const [x1, y1, x2, y2] = boxes.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number]
  const area = areas[i]!
  for (let k = 0; k < others.length; k++) {
    const j = others[k]!
    const width = Math.min(x2, boxes[4 * j + 2]!) - Math.max(x1, boxes[4 * j]!)
    if (width <= 0) continue
    const height = Math.min(y2, boxes[4 * j + 3]!) - Math.max(y1, boxes[4 * j + 1]!)
    if (height <= 0) continue
    const intersection = width * height
    if (intersection / (area + areas[j]! - intersection) > threshold) return true
  }
  return false
}
