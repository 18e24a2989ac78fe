/**
 * Gradient of batch normalization y = act((x − mean) · rstd · weight + bias [+ residual]) of x (C, P, Np). With g = dy where
 * the activation lets it through and n = N · P values in a channel:
 *   dbias = Σ g,   dweight = rstd · Σ g · (x − mean),   dResidual = g
 *   dx = weight · rstd · (g − dbias / n − (x − mean) · rstd · dweight / n), with running statistics weight · rstd · g
 *
 * Channels are dealt out as in the forward pass: whole ones first, the rest in parts.
 *
 * The kernels work on the channels first … end, and have in common: y and dResidual, both 0 or both given, and only with relu:
 * where they are 0, the activation is computed anew from x; weight and bias, which may be 0; mean and rstd, which with
 * `training` are those of the batch; partial: pairs of doubles. dx or dResidual may be dy.
 */
import { claim, share } from './call'
import { clearRows } from './flat'
import { gradientRows, gradientSums, Mask } from './normGradient'

/** What the selected channel is normalized with; scale: the slope of the forward pass, computed as there to the last bit. */
let channelMean: f32 = 0
let channelRstd: f32 = 0
let channelScale: f32 = 0
let channelBias: f32 = 0

function selectChannel(c: i32, weight: usize, bias: usize, mean: usize, rstd: usize): void {
  const at = <usize>c << 2
  channelMean = load<f32>(mean + at)
  channelRstd = load<f32>(rstd + at)
  channelScale = (weight != 0 ? load<f32>(weight + at) : 1) * channelRstd
  channelBias = bias != 0 ? load<f32>(bias + at) : 0
}

@inline
function maskOf(y: usize, relu: bool): Mask {
  return !relu ? Mask.none : y != 0 ? Mask.fromY : Mask.fromX
}

/** Store the sums of the selected channel over n floats; g is left in dResidual where that is wanted. */
@inline
function reduce(sums: usize, dy: usize, x: usize, y: usize, dResidual: usize, at: usize, n: i32, relu: bool): void {
  const mask = maskOf(y, relu)
  gradientSums(
    mask, sums, dy + at, x + at, y + at, dResidual + at, n, channelMean, channelScale, channelBias,
  )
}

/** dx of `rows` rows of the selected channel, given its sums. What `reduce` left in dResidual needs neither dy nor a mask. */
@inline
function propagate(
  dx: usize, dy: usize, x: usize, dResidual: usize, at: usize, rows: i32, P: i32, N: i32, Np: i32, relu: bool,
  training: bool, sum: f64, product: f64,
): void {
  const scale = channelScale
  let slope: f32 = 0, offset: f32 = 0
  if (training) {
    const n = <f64>P * <f64>N, rstd = <f64>channelRstd
    slope = <f32>(-scale * rstd * rstd * product / n)
    offset = <f32>(-scale * sum / n)
  }
  const kept = dResidual != 0
  const mask = relu && !kept ? Mask.fromX : Mask.none
  gradientRows(
    mask, dx + at, (kept ? dResidual : dy) + at, x + at, rows * Np, channelMean, scale, channelBias, slope, offset,
  )
  if (N < Np) clearRows(dx + at, rows, N, Np)
}

/** dweight and dbias of channel c, which is selected, from its sums. */
@inline
function saveParameters(c: i32, dweight: usize, dbias: usize, sum: f64, product: f64): void {
  const at = <usize>c << 2
  store<f32>(dbias + at, <f32>sum)
  store<f32>(dweight + at, <f32>(product * <f64>channelRstd))
}

/** Whole channels. */
export function bnBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, x: usize, y: usize, dResidual: usize, weight: usize, bias: usize,
  mean: usize, rstd: usize, dweight: usize, dbias: usize, first: i32, end: i32, P: i32, N: i32, Np: i32, relu: bool,
  training: bool, partial: usize,
): void {
  const sums = partial + (<usize>thread << 6)
  for (let c = first + claim(1); c < end; c = first + claim(1)) {
    const at = <usize>(c * P * Np) << 2
    selectChannel(c, weight, bias, mean, rstd)
    reduce(sums, dy, x, y, dResidual, at, P * Np, relu)
    const sum = load<f64>(sums)
    const product = load<f64>(sums, 8)
    saveParameters(c, dweight, dbias, sum, product)
    propagate(dx, dy, x, dResidual, at, P, P, N, Np, relu, training, sum, product)
  }
}

/** The sums of a part of each channel, one part for each thread: partial[c − first, part]. */
export function bnPartialGradients(
  thread: i32, threads: i32, dy: usize, x: usize, y: usize, dResidual: usize, weight: usize, bias: usize,
  mean: usize, rstd: usize, first: i32, end: i32, P: i32, Np: i32, relu: bool, partial: usize,
): void {
  const from = share(P, thread, threads)
  const rows = share(P, thread + 1, threads) - from
  for (let c = first; c < end; c++) {
    const sums = partial + (<usize>((c - first) * threads + thread) << 4)
    selectChannel(c, weight, bias, mean, rstd)
    reduce(sums, dy, x, y, dResidual, <usize>((c * P + from) * Np) << 2, rows * Np, relu)
  }
}

/** The rest after `bnPartialGradients`: each thread its part of each channel. */
export function bnFinishBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, x: usize, dResidual: usize, weight: usize, bias: usize,
  mean: usize, rstd: usize, dweight: usize, dbias: usize, first: i32, end: i32, P: i32, N: i32, Np: i32, relu: bool,
  training: bool, partial: usize,
): void {
  const from = share(P, thread, threads)
  const rows = share(P, thread + 1, threads) - from
  for (let c = first; c < end; c++) {
    let sums = partial + (<usize>((c - first) * threads) << 4)
    let sum: f64 = 0
    let product: f64 = 0
    for (let i = 0; i < threads; i++, sums += 16) {
      sum += load<f64>(sums)
      product += load<f64>(sums, 8)
    }
    selectChannel(c, weight, bias, mean, rstd)
    if (thread == 0) saveParameters(c, dweight, dbias, sum, product)
    propagate(dx, dy, x, dResidual, <usize>((c * P + from) * Np) << 2, rows, P, N, Np, relu, training, sum, product)
  }
}
