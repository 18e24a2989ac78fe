import { datasetSizes } from '../data/loadDataset.js'
import type { Result } from './result.js'

/** An accuracy from one or several seeds, 0 … 1. */
export interface Accuracy {
  mean: number
  /**
   * One standard deviation of one run's accuracy: over the seeds (n − 1 in the divisor) where there are several, else what drawing
   * the test images leaves open, √(p (1 − p) / images).
   */
  spread: number
  seeds: number
}

/** Accuracy over several seeds. */
export function accuracyOf(results: readonly Result[]): Accuracy | null {
  const values = results.map(({ accuracy }) => accuracy)
  const seeds = values.length
  if (seeds === 0) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / seeds
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const images = datasetSizes[results[0]!.config.data as string]!.test
  const spread = seeds > 1 ? Math.sqrt(squares / (seeds - 1)) : Math.sqrt((mean * (1 - mean)) / images)
  return { mean, spread, seeds }
}

/** Two standard deviations of the difference of two means: what chance alone would seldom exceed. */
export const noiseOf = (a: Accuracy, b: Accuracy): number =>
  2 * Math.sqrt(a.spread ** 2 / a.seeds + b.spread ** 2 / b.seeds)
