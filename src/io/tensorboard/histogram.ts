import type { FloatArray } from '../../tensor/ndarray.js'

/** How often numbers fall into equal parts of the range that they span. Those that are not finite are counted aside. */
export interface Histogram {
  min: number
  max: number
  sum: number
  sumOfSquares: number
  /** Of finite numbers. */
  count: number
  nonFinite: number
  /** The number in each part; the last one holds `max` too. A single part where all numbers are equal; none without numbers. */
  bins: number[]
}

/** @param parts of the range */
export function histogram(values: FloatArray, parts = 32): Histogram {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let [sum, sumOfSquares, count] = [0, 0, 0]
  for (const v of values) {
    if (!Number.isFinite(v)) continue
    if (v < min) min = v
    if (v > max) max = v
    sum += v
    sumOfSquares += v * v
    count++
  }
  const nonFinite = values.length - count
  if (count === 0) return { min: 0, max: 0, sum, sumOfSquares, count, nonFinite, bins: [] }
  return { min, max, sum, sumOfSquares, count, nonFinite, bins: countBins(values, min, max, max > min ? parts : 1) }
}

function countBins(values: FloatArray, min: number, max: number, parts: number): number[] {
  const bins = new Array<number>(parts).fill(0)
  const scale = parts / (max - min || 1)
  for (const v of values) {
    if (!Number.isFinite(v)) continue
    const i = Math.min(parts - 1, Math.floor((v - min) * scale))
    bins[i] = bins[i]! + 1
  }
  return bins
}
