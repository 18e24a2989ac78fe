/**
 * Batch normalization (Ioffe and Szegedy 2015), each channel over all images and positions:
 *
 *   x̂ = (x − mean) · rstd,   y = x̂ · weight + bias (+ residual, then relu)
 */
import type {
  AllReduce,
  BatchNormEpilogue,
  BatchNormGradients,
  BatchNormGradOptions,
  BatchNormSaved,
} from '../backend.js'
import type { Shape } from '../shape.js'
import { syncStatistics, syncSums } from '../syncStatistics.js'
import { type HostArray, map, zerosLike } from './hostArray.js'
import { lerp } from './optimize.js'

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
function channelStatistics(x: HostArray): { mean: Float64Array; variance: Float64Array; count: number } {
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

function normalize(
  x: HostArray,
  mean: HostArray,
  rstd: HostArray,
  weight: HostArray | null,
  bias: HostArray | null,
  { residual, relu }: BatchNormEpilogue<HostArray>,
): HostArray {
  const y = zerosLike(x, x.shape)
  forEachChannelElement(x.shape, (c, i) => {
    const normal = (x.values[i]! - mean.values[c]!) * rstd.values[c]!
    const value = normal * (weight?.values[c] ?? 1) + (bias?.values[c] ?? 0) + (residual?.values[i] ?? 0)
    y.values[i] = relu && value < 0 ? 0 : value
  })
  return y
}

/** (C,) with these values, in the precision of x. */
function channelArray(x: HostArray, values: ArrayLike<number>): HostArray {
  const out = zerosLike(x, [x.shape[1]!])
  out.values.set(values)
  return out
}

interface Normalized {
  y: HostArray
  mean: HostArray
  rstd: HostArray
}

function batchNormTrain(
  x: HostArray,
  weight: HostArray | null,
  bias: HostArray | null,
  running: { mean: HostArray; variance: HostArray; momentum: number } | null,
  eps: number,
  epilogue: BatchNormEpilogue<HostArray>,
  sync: AllReduce | null = null,
): Normalized {
  const { mean: batchMean, variance, count } = channelStatistics(x)
  const total = sync ? syncStatistics(batchMean, variance, count, sync) : count
  const mean = channelArray(x, batchMean)
  const rstd = channelArray(
    x,
    variance.map((v) => 1 / Math.sqrt(v + eps)),
  )
  if (running) {
    const unbiased = variance.map((v) => (v * total) / (total - 1))
    lerp(running.mean, mean, running.momentum)
    lerp(running.variance, channelArray(x, unbiased), running.momentum)
  }
  return { y: normalize(x, mean, rstd, weight, bias, epilogue), mean, rstd }
}

export function batchNormEval(
  x: HostArray,
  weight: HostArray | null,
  bias: HostArray | null,
  mean: HostArray,
  variance: HostArray,
  eps: number,
  epilogue: BatchNormEpilogue<HostArray>,
): Normalized {
  const rstd = map(variance, (v) => 1 / Math.sqrt(v + eps))
  return { y: normalize(x, mean, rstd, weight, bias, epilogue), mean: map(mean, (v) => v), rstd }
}

/**
 * With g = dy where relu let the value pass:
 *   dbias = Σ g,   dweight = Σ g · x̂,
 *   dx = weight · rstd · (g − (dbias + x̂ · dweight) / count)   while training (mean and variance depend on x),
 *   dx = weight · rstd · g                                      in evaluation.
 */
function batchNormGrad(
  dy: HostArray,
  { x, y, weight, ...saved }: BatchNormSaved<HostArray>,
  { training, relu, hasResidual, sync }: BatchNormGradOptions,
): BatchNormGradients<HostArray> {
  const mean = saved.mean.values
  const rstd = saved.rstd.values
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

export const normOperations = { batchNormTrain, batchNormEval, batchNormGrad }
