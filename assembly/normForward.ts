/**
 * Batch normalization of x (C, P, Np), forward: y = act((x − mean) · rstd · weight + bias [+ residual]), rstd = 1 / √(var + ε).
 *
 * In training a thread takes whole channels where it can, so that the second pass finds the channel in its cache. Channels
 * that are left over are cut into parts of some places for each thread: first the sums, then, in another run, the rest.
 */
import { claim, float, int, ptr, share } from './call'
import { applyRows } from './normApply'
import { shiftOf, storeSums } from './normSums'

/** The arguments that the kernels of this file have in common. Addresses that may be 0: residual, weight, bias, running…. */
const enum Arg {
  y,
  x,
  residual,
  weight,
  bias,
  /** (C): mean of the batch and rstd, kept for the gradient */
  mean,
  rstd,
  runningMean,
  runningVar,
  /** the channels to work on: first … end */
  first,
  end,
  P,
  N,
  Np,
  relu,
  /** pairs of doubles */
  partial,
}

/** Mean and variance of the channel that `settle` was called for last. */
let mean: f32 = 0
let variance: f32 = 0

/** Set mean and variance from the sums Σ (x − shift) and Σ (x − shift)² of n values. */
function settle(sum: f64, squares: f64, shift: f32, n: f64): void {
  const offset = sum / n
  mean = <f32>(<f64>shift + offset)
  variance = <f32>max(0, squares / n - offset * offset)
}

@inline
function rstdOf(variance: f32): f32 {
  return <f32>(1 / Math.sqrt(<f64>variance + <f64>float(0)))
}

/** Keep the statistics of channel c for the gradient, and let the running ones follow with the momentum. */
function saveStatistics(c: i32, n: f64): void {
  const at = <usize>c << 2
  store<f32>(ptr(Arg.mean) + at, mean)
  store<f32>(ptr(Arg.rstd) + at, rstdOf(variance))
  if (ptr(Arg.runningMean) == 0) return
  const momentum = <f64>float(1)
  const unbiased = <f64>variance * (n / max(1, n - 1))
  const runningMean = <f64>load<f32>(ptr(Arg.runningMean) + at)
  const runningVar = <f64>load<f32>(ptr(Arg.runningVar) + at)
  store<f32>(ptr(Arg.runningMean) + at, <f32>(runningMean + momentum * (<f64>mean - runningMean)))
  store<f32>(ptr(Arg.runningVar) + at, <f32>(runningVar + momentum * (unbiased - runningVar)))
}

/** Normalize `rows` rows of channel c from row `from` on. */
function normalize(c: i32, from: i32, rows: i32, mean: f32, rstd: f32): void {
  const at = <usize>c << 2
  const scale = ptr(Arg.weight) != 0 ? load<f32>(ptr(Arg.weight) + at) * rstd : rstd
  const bias = ptr(Arg.bias) != 0 ? load<f32>(ptr(Arg.bias) + at) : 0
  const offset = <usize>((c * int(Arg.P) + from) * int(Arg.Np)) << 2
  const residual = ptr(Arg.residual) != 0 ? ptr(Arg.residual) + offset : 0
  const relu = int(Arg.relu) != 0
  applyRows(ptr(Arg.y) + offset, ptr(Arg.x) + offset, residual, rows, int(Arg.N), int(Arg.Np), mean, scale, bias, relu)
}

/** Training, whole channels. Arguments: `Arg`; ε, momentum. */
export function bnTrainForward(thread: i32, threads: i32): void {
  const P = int(Arg.P)
  const N = int(Arg.N)
  const Np = int(Arg.Np)
  const n = <f64>P * <f64>N
  const first = int(Arg.first)
  for (let c = first + claim(1); c < int(Arg.end); c = first + claim(1)) {
    const x = ptr(Arg.x) + (<usize>(c * P * Np) << 2)
    const sums = ptr(Arg.partial) + (<usize>thread << 6)
    const around = shiftOf(x, N, Np)
    storeSums(sums, x, P, N, Np, around)
    settle(load<f64>(sums), load<f64>(sums, 8), around, n)
    saveStatistics(c, n)
    normalize(c, 0, P, mean, rstdOf(variance))
  }
}

/**
 * The sums of a part of each channel, one part for each thread: partial[c − first, part] = Σ (x − shift), Σ (x − shift)².
 * Uses x, first, end, P, N, Np and partial of `Arg`.
 */
export function bnPartialSums(thread: i32, threads: i32): void {
  const P = int(Arg.P)
  const Np = int(Arg.Np)
  const from = share(P, thread, threads)
  const rows = share(P, thread + 1, threads) - from
  for (let c = int(Arg.first); c < int(Arg.end); c++) {
    const x = ptr(Arg.x) + (<usize>(c * P * Np) << 2)
    const sums = ptr(Arg.partial) + (<usize>((c - int(Arg.first)) * threads + thread) << 4)
    storeSums(sums, x + (<usize>(from * Np) << 2), rows, int(Arg.N), Np, shiftOf(x, int(Arg.N), Np))
  }
}

/** Mean and variance of channel c from its partial sums. */
function settlePartial(c: i32, threads: i32): void {
  const Np = int(Arg.Np)
  let sums = ptr(Arg.partial) + (<usize>((c - int(Arg.first)) * threads) << 4)
  let sum: f64 = 0
  let squares: f64 = 0
  for (let i = 0; i < threads; i++, sums += 16) {
    sum += load<f64>(sums)
    squares += load<f64>(sums, 8)
  }
  const x = ptr(Arg.x) + (<usize>(c * int(Arg.P) * Np) << 2)
  settle(sum, squares, shiftOf(x, int(Arg.N), Np), <f64>int(Arg.P) * <f64>int(Arg.N))
}

/** Training, the rest after `bnPartialSums`: each thread its part of each channel. y must not be x. */
export function bnFinishForward(thread: i32, threads: i32): void {
  const P = int(Arg.P)
  const from = share(P, thread, threads)
  const rows = share(P, thread + 1, threads) - from
  for (let c = int(Arg.first); c < int(Arg.end); c++) {
    settlePartial(c, threads)
    if (thread == 0) saveStatistics(c, <f64>P * <f64>int(Arg.N))
    normalize(c, from, rows, mean, rstdOf(variance))
  }
}

/** After `bnPartialSums`: runningMean[c], runningVar[c] = mean and biased variance. */
export function bnFinishStats(thread: i32, threads: i32): void {
  if (thread != 0) return
  for (let c = int(Arg.first); c < int(Arg.end); c++) {
    settlePartial(c, threads)
    store<f32>(ptr(Arg.runningMean) + (<usize>c << 2), mean)
    store<f32>(ptr(Arg.runningVar) + (<usize>c << 2), variance)
  }
}

/** With the given mean and variance: runningMean and runningVar. rstd, if not 0, receives 1 / √(var + ε). */
export function bnApply(thread: i32, threads: i32): void {
  const P = int(Arg.P)
  const rows = int(Arg.end) * P
  const end = share(rows, thread + 1, threads)
  let row = share(rows, thread, threads)
  while (row < end) {
    const c = row / P
    const count = min(end, (c + 1) * P) - row
    const at = <usize>c << 2
    const rstd = rstdOf(load<f32>(ptr(Arg.runningVar) + at))
    if (ptr(Arg.rstd) != 0 && row == c * P) store<f32>(ptr(Arg.rstd) + at, rstd)
    normalize(c, row - c * P, count, load<f32>(ptr(Arg.runningMean) + at), rstd)
    row += count
  }
}
