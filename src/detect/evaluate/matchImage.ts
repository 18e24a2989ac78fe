import type { Detection, Truth } from './cocoMap.js'

/** Which detections of an image are right, of one category and one range of areas. */
export interface Matches {
  /** (detections,), highest first */
  scores: number[]
  /** (thresholds, detections): whether a truth was found */
  matched: boolean[][]
  /** (thresholds, detections): whether it counts neither as right nor as wrong */
  ignored: boolean[][]
  /** Truths that are to be found. */
  countedTruths: number
}

/**
 * Give each detection in turn, best score first, the free truth that it overlaps most. Truths outside the range of areas and crowds are
 * ignored, and so is what lies on them.
 * @param image truths and detections of one category, detections best first
 * @param range of areas, square pixels, both ends included
 * @param thresholds least overlaps
 */
export function imageMatches(
  image: { truths: readonly Truth[]; detections: readonly Detection[] },
  [least, most]: readonly [number, number],
  thresholds: readonly number[],
): Matches {
  const isOutside = (area: number): boolean => area < least || area > most
  const { detections } = image
  const isIgnored = ({ isCrowd, area }: Truth): boolean => isCrowd || isOutside(area)
  const truths = [...image.truths.filter((truth) => !isIgnored(truth)), ...image.truths.filter(isIgnored)]
  const countedTruths = image.truths.filter((truth) => !isIgnored(truth)).length
  const overlaps = detections.map(({ box }) => truths.map((truth) => overlap(box, truth)))
  const matched: boolean[][] = []
  const ignored: boolean[][] = []
  for (const threshold of thresholds) {
    const taken = new Set<number>()
    const found = detections.map((_, d) => {
      let best = -1
      let bestOverlap = Math.min(threshold, 1 - 1e-10)
      for (let g = 0; g < truths.length; g++) {
        if (taken.has(g) && !truths[g]!.isCrowd) continue
        if (best > -1 && best < countedTruths && g >= countedTruths) break // a counted truth is held: ignored ones are not better
        if (overlaps[d]![g]! < bestOverlap) continue
        bestOverlap = overlaps[d]![g]!
        best = g
      }
      if (best > -1) taken.add(best)
      return best
    })
    matched.push(found.map((g) => g > -1))
    ignored.push(
      found.map((g, d) => {
        const [, , width, height] = detections[d]!.box
        return g > -1 ? g >= countedTruths : isOutside(width * height)
      }),
    )
  }
  return { scores: detections.map(({ score }) => score), matched, ignored, countedTruths }
}

/** Intersection over union; over the detection's own area, where the truth is a crowd. Boxes are (x, y, width, height). */
function overlap(box: Detection['box'], { box: truth, isCrowd }: Truth): number {
  const width = Math.min(box[0] + box[2], truth[0] + truth[2]) - Math.max(box[0], truth[0])
  const height = Math.min(box[1] + box[3], truth[1] + truth[3]) - Math.max(box[1], truth[1])
  if (width <= 0 || height <= 0) return 0
  const intersection = width * height
  const area = box[2] * box[3]
  return intersection / (isCrowd ? area : area + truth[2] * truth[3] - intersection)
}
