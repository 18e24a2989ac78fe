import type { AllReduce } from './backend.js'

/**
 * From each process's count, means and biased variances those of all together, in place:
 *
 *   mean = Σ n · mean / N,   variance = Σ n · (variance + mean²) / N − mean²,   N = Σ n
 *
 * @param mean (C,) @param variance (C,) @param count values a channel, here
 * @returns values a channel, everywhere
 */
export function syncStatistics(
  mean: Float32Array | Float64Array,
  variance: Float32Array | Float64Array,
  count: number,
  sync: AllReduce,
): number {
  const channels = mean.length
  const sums = new Float64Array(2 * channels + 1)
  for (let c = 0; c < channels; c++) {
    sums[c] = count * mean[c]!
    sums[channels + c] = count * (variance[c]! + mean[c]! ** 2)
  }
  sums[2 * channels] = count
  sync(sums)
  const total = sums[2 * channels]!
  for (let c = 0; c < channels; c++) {
    const overall = sums[c]! / total
    mean[c] = overall
    variance[c] = Math.max(0, sums[channels + c]! / total - overall ** 2)
  }
  return total
}

/**
 * Replace each process's sums of gradients by their means over all processes, each weighted by its share of the values. Each one's loss is the
 * mean over its own part of the batch, and the whole loss the mean of those with the same weights; so with n values here of N,
 *
 *   dx = weight · rstd · (g − (Σ g + x̂ · Σ g·x̂) / n)
 *
 * is the part of the whole batch's gradient, N / n times as large, if Σ stands for these means.
 * @param count values a channel, here
 */
export function syncSums(sums: Float64Array, count: number, sync: AllReduce): void {
  const weighted = new Float64Array(sums.length + 1)
  for (let i = 0; i < sums.length; i++) weighted[i] = count * sums[i]!
  weighted[sums.length] = count
  sync(weighted)
  for (let i = 0; i < sums.length; i++) sums[i] = weighted[i]! / weighted[sums.length]!
}
