/**
 * Batch normalization of x (C, P, Np), forward: y = act((x − mean) · rstd · weight + bias [+ residual]), rstd = 1 / √(var + ε).
 *
 * In training a thread takes whole channels where it can, so that the second pass finds the channel in its cache. Channels
 * that are left over are cut into parts of some places for each thread: first the sums, then, in another run, the rest.
 *
 * The kernels work on the channels first … end, and have in common: residual, weight, bias and both running arrays, which may be
 * 0; mean and rstd (C), kept for the gradient; partial: pairs of doubles.
 */
import { claim, share } from './call'
import { applyRows } from './normApply'
import { shiftOf, storeSums } from './normSums'

/** Mean and variance of the channel that `settle` was called for last. */
let channelMean: f32 = 0
let channelVariance: f32 = 0

/** Set mean and variance from the sums Σ (x − shift) and Σ (x − shift)² of n values. */
function settle(sum: f64, squares: f64, shift: f32, n: f64): void {
  const offset = sum / n
  channelMean = <f32>(<f64>shift + offset)
  channelVariance = <f32>max(0, squares / n - offset * offset)
}

@inline
function rstdOf(variance: f32, eps: f32): f32 {
  return <f32>(1 / Math.sqrt(<f64>variance + <f64>eps))
}

/** Let the running statistics of channel c follow those of its n values with the momentum. */
@inline
function follow(runningMean: usize, runningVar: usize, c: i32, n: f64, momentum: f32): void {
  if (runningMean == 0) return
  const at = <usize>c << 2
  const unbiased = <f64>channelVariance * (n / max(1, n - 1))
  const oldMean = <f64>load<f32>(runningMean + at)
  const oldVar = <f64>load<f32>(runningVar + at)
  store<f32>(runningMean + at, <f32>(oldMean + <f64>momentum * (<f64>channelMean - oldMean)))
  store<f32>(runningVar + at, <f32>(oldVar + <f64>momentum * (unbiased - oldVar)))
}

/** Normalize `rows` rows of channel c, which lie `offset` bytes behind the start of the arrays. */
@inline
function normalize(
  y: usize, x: usize, residual: usize, weight: usize, bias: usize, c: i32, offset: usize, rows: i32, N: i32, Np: i32,
  relu: bool, mean: f32, rstd: f32,
): void {
  const at = <usize>c << 2
  const scale = weight != 0 ? load<f32>(weight + at) * rstd : rstd
  const shift = bias != 0 ? load<f32>(bias + at) : 0
  const added = residual != 0 ? residual + offset : 0
  applyRows(y + offset, x + offset, added, rows, N, Np, mean, scale, shift, relu)
}

/** Training, whole channels. */
export function bnTrainForward(
  thread: i32, threads: i32, y: usize, x: usize, residual: usize, weight: usize, bias: usize, mean: usize, rstd: usize,
  runningMean: usize, runningVar: usize, first: i32, end: i32, P: i32, N: i32, Np: i32, relu: bool, partial: usize, eps: f32,
  momentum: f32,
): void {
  const n = <f64>P * <f64>N
  const sums = partial + (<usize>thread << 6)
  for (let c = first + claim(1); c < end; c = first + claim(1)) {
    const offset = <usize>(c * P * Np) << 2
    const around = shiftOf(x + offset, N, Np)
    storeSums(sums, x + offset, P, N, Np, around)
    settle(load<f64>(sums), load<f64>(sums, 8), around, n)
    const channelRstd = rstdOf(channelVariance, eps)
    store<f32>(mean + (<usize>c << 2), channelMean)
    store<f32>(rstd + (<usize>c << 2), channelRstd)
    follow(runningMean, runningVar, c, n, momentum)
    normalize(y, x, residual, weight, bias, c, offset, P, N, Np, relu, channelMean, channelRstd)
  }
}

/** The sums of a part of each channel, one part for each thread: partial[c − first, part] = Σ (x − shift), Σ (x − shift)². */
export function bnPartialSums(
  thread: i32, threads: i32, x: usize, first: i32, end: i32, P: i32, N: i32, Np: i32, partial: usize,
): void {
  const from = share(P, thread, threads)
  const rows = share(P, thread + 1, threads) - from
  for (let c = first; c < end; c++) {
    const channel = x + (<usize>(c * P * Np) << 2)
    const sums = partial + (<usize>((c - first) * threads + thread) << 4)
    storeSums(sums, channel + (<usize>(from * Np) << 2), rows, N, Np, shiftOf(channel, N, Np))
  }
}

/** Mean and variance of the channel at x from its sums, those of its parts. */
function settleParts(x: usize, sums: usize, P: i32, N: i32, Np: i32, parts: i32): void {
  let sum: f64 = 0
  let squares: f64 = 0
  for (let i = 0; i < parts; i++, sums += 16) {
    sum += load<f64>(sums)
    squares += load<f64>(sums, 8)
  }
  settle(sum, squares, shiftOf(x, N, Np), <f64>P * <f64>N)
}

/** Training, the rest after `bnPartialSums`: each thread its part of each channel. y must not be x. */
export function bnFinishForward(
  thread: i32, threads: i32, y: usize, x: usize, residual: usize, weight: usize, bias: usize, mean: usize, rstd: usize,
  runningMean: usize, runningVar: usize, first: i32, end: i32, P: i32, N: i32, Np: i32, relu: bool, partial: usize, eps: f32,
  momentum: f32,
): void {
  const from = share(P, thread, threads)
  const rows = share(P, thread + 1, threads) - from
  for (let c = first; c < end; c++) {
    const offset = <usize>(c * P * Np) << 2
    settleParts(x + offset, partial + (<usize>((c - first) * threads) << 4), P, N, Np, threads)
    const channelRstd = rstdOf(channelVariance, eps)
    if (thread == 0) {
      store<f32>(mean + (<usize>c << 2), channelMean)
      store<f32>(rstd + (<usize>c << 2), channelRstd)
      follow(runningMean, runningVar, c, <f64>P * <f64>N, momentum)
    }
    const part = offset + (<usize>(from * Np) << 2)
    normalize(y, x, residual, weight, bias, c, part, rows, N, Np, relu, channelMean, channelRstd)
  }
}

/** After `bnPartialSums` of all C channels: mean and biased variance. */
export function bnFinishStats(
  thread: i32, threads: i32, x: usize, mean: usize, variance: usize, C: i32, P: i32, N: i32, Np: i32, partial: usize,
): void {
  if (thread != 0) return
  for (let c = 0; c < C; c++) {
    settleParts(x + (<usize>(c * P * Np) << 2), partial + (<usize>(c * threads) << 4), P, N, Np, threads)
    store<f32>(mean + (<usize>c << 2), channelMean)
    store<f32>(variance + (<usize>c << 2), channelVariance)
  }
}

/** With the given mean and variance. rstd receives 1 / √(var + ε). y may be x. */
export function bnApply(
  thread: i32, threads: i32, y: usize, x: usize, residual: usize, weight: usize, bias: usize, mean: usize, variance: usize,
  rstd: usize, C: i32, P: i32, N: i32, Np: i32, relu: bool, eps: f32,
): void {
  const end = share(C * P, thread + 1, threads)
  let row = share(C * P, thread, threads)
  while (row < end) {
    const c = row / P
    const count = min(end, (c + 1) * P) - row
    const at = <usize>c << 2
    const channelRstd = rstdOf(load<f32>(variance + at), eps)
    if (row == c * P) store<f32>(rstd + at, channelRstd)
    const offset = <usize>(row * Np) << 2
    normalize(y, x, residual, weight, bias, c, offset, count, N, Np, relu, load<f32>(mean + at), channelRstd)
    row += count
  }
}
