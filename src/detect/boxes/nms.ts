import { type Boxes, countBoxes, iou } from './boxes.js'

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
  for (const i of byScore(scores).subarray(0, countBoxes(boxes))) {
    if (kept.length >= most) break
    const group = groups ? groups[i]! : 0
    const rivals = keptOf.get(group) ?? []
    if (rivals.some((j) => iou(boxes, i, boxes, j) > threshold)) continue
    kept.push(i)
    rivals.push(i)
    keptOf.set(group, rivals)
  }
  return kept
}
