import type { Generator } from '../../tensor/random.js'
import { background } from './match.js'

/** How many boxes are drawn, and which share of them may be positive. */
export interface SampleSizes {
  count: number
  positiveShare: number
}

/**
 * Draw boxes to train with: as many positive ones as there are, up to their share, and background for the rest.
 * @param matches of `matchBoxes`
 * @returns positions, each list in order
 */
export function sample(
  matches: Int32Array,
  { count, positiveShare }: SampleSizes,
  generator: Generator,
): { positive: number[]; negative: number[] } {
  const all = Array.from(matches, (_, i) => i)
  const positive = draw(
    all.filter((i) => matches[i]! >= 0),
    Math.floor(count * positiveShare),
    generator,
  )
  const negative = draw(
    all.filter((i) => matches[i] === background),
    count - positive.length,
    generator,
  )
  return { positive, negative }
}

function draw(indexes: number[], most: number, generator: Generator): number[] {
  if (indexes.length <= most) return indexes
  return generator
    .shuffle(indexes)
    .slice(0, most)
    .sort((a, b) => a - b)
}
