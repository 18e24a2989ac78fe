/**
 * Batch normalization (Ioffe and Szegedy 2015), each channel over all images and positions:
 *
 *   x̂ = (x − mean) · rstd,   y = x̂ · weight + bias (+ residual, then relu)
 */
import type { AllReduce, BatchNormEpilogue, BatchNormGradients, BatchNormSaved } from '../backend.js'
import type { Shape } from '../shape.js'
import { syncSums } from '../syncStatistics.js'
import { type HostArray, map, zerosLike } from './hostArray.js'

/** Call `visit(channel, index)` for every element of an array of shape (N, C, …). */
function forEachChannelElement(shape: Shape, visit: (channel: number, index: number) => void): void {
  const [N, C, ...plane] = shape as [number, number, ...number[]]
  const area = plane.reduce((a, b) => a * b, 1)
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      for (let i = 0; i < area; i++) visit(c, (n * C + c) * area + i)
    }
  }
}

/** Mean and biased variance of each channel, in double precision. */
export function channelStatistics(x: HostArray): { mean: Float64Array; variance: Float64Array; count: number } {
  const channels = x.shape[1]!
  const count = x.size / channels
  const mean = new Float64Array(channels)
  const variance = new Float64Array(channels)
  forEachChannelElement(x.shape, (c, i) => {
    mean[c]! += x.values[i]! / count
  })
  forEachChannelElement(x.shape, (c, i) => {
    variance[c]! += (x.values[i]! - mean[c]!) ** 2 / count
  })
  return { mean, variance, count }
}

export function normalize(
  x: HostArray,
  mean: HostArray,
  rstd: HostArray,
  weight: HostArray | null,
  bias: HostArray | null,
  { residual, relu }: BatchNormEpilogue,
): HostArray {
  const y = zerosLike(x, x.shape)
  forEachChannelElement(x.shape, (c, i) => {
    const normal = (x.values[i]! - mean.values[c]!) * rstd.values[c]!
    const value =
      normal * (weight?.values[c] ?? 1) + (bias?.values[c] ?? 0) + ((residual as HostArray | null)?.values[i] ?? 0)
    y.values[i] = relu && value < 0 ? 0 : value
  })
  return y
}

/**
 * With g = dy where relu let the value pass:
 *   dbias = Σ g,   dweight = Σ g · x̂,
 *   dx = weight · rstd · (g − (dbias + x̂ · dweight) / count)   while training (mean and variance depend on x),
 *   dx = weight · rstd · g                                      in evaluation.
 */
export function batchNormGrad(
  dy: HostArray,
  saved: BatchNormSaved,
  training: boolean,
  relu: boolean,
  hasResidual: boolean,
  sync: AllReduce | null,
): BatchNormGradients {
  const x = saved.x as HostArray
  const y = saved.y as HostArray | null
  const mean = (saved.mean as HostArray).values
  const rstd = (saved.rstd as HostArray).values
  const weight = saved.weight as HostArray | null
  const channels = x.shape[1]!
  const count = x.size / channels
  const g = relu ? map(dy, (v) => v) : dy
  if (relu) for (let i = 0; i < g.size; i++) if (!(y!.values[i]! > 0)) g.values[i] = 0

  const sumG = new Float64Array(channels)
  const sumGX = new Float64Array(channels)
  forEachChannelElement(x.shape, (c, i) => {
    sumG[c]! += g.values[i]!
    sumGX[c]! += g.values[i]! * (x.values[i]! - mean[c]!) * rstd[c]!
  })
  if (sync) for (const sums of [sumG, sumGX]) syncSums(sums, count, sync)
  const dx = zerosLike(x, x.shape)
  forEachChannelElement(x.shape, (c, i) => {
    const normal = (x.values[i]! - mean[c]!) * rstd[c]!
    const centred = training ? g.values[i]! - (sumG[c]! + normal * sumGX[c]!) / count : g.values[i]!
    dx.values[i] = (weight?.values[c] ?? 1) * rstd[c]! * centred
  })
  const dWeight = zerosLike(x, [channels])
  const dBias = zerosLike(x, [channels])
  dWeight.values.set(sumGX)
  dBias.values.set(sumG)
  return { dx, dWeight, dBias, dResidual: hasResidual ? g : null }
}
