/**
 * Optimizer steps with the definitions of PyTorch, over all parameters in one kernel: their addresses come in a table with a row for
 * each. A thread takes its share of every parameter.
 */
import { flatShare } from './flat'
import { fma, fnma, LANES, storePart } from './simd'

/** Bytes of a row of the table: the addresses of p, g and two arrays of state, and the number of floats in each. */
const ROW: usize = 20

@inline
function storeUpTo(address: usize, v: v128, count: i32): void {
  if (count == LANES) v128.store(address, v)
  else storePart(address, v, count)
}

/**
 * Stochastic gradient descent with momentum:
 *   g ← g + weightDecay · p;  b ← momentum · b + (1 − dampening) · g, on the first step b ← g;
 *   p ← p − lr · (nesterov ? g + momentum · b : b)
 * Rows of the table: p, g, b, –. g is left as it is; without momentum b is not touched.
 */
export function sgdStep(
  thread: i32, threads: i32, table: usize, rows: i32, lr: f32, momentum: f32, dampening: f32, weightDecay: f32,
  nesterov: bool, first: bool,
): void {
  const end = table + <usize>rows * ROW
  for (let row = table; row < end; row += ROW) {
    const p = load<usize>(row), g = load<usize>(row, 4), b = load<usize>(row, 8), n = load<i32>(row, 16)
    const from = flatShare(n, thread, threads), to = flatShare(n, thread + 1, threads)
    if (momentum == 0) descend(p, g, from, to, lr, weightDecay)
    else descendWithMomentum(p, g, b, from, to, lr, momentum, 1 - dampening, weightDecay, nesterov, first)
  }
}

function descend(p: usize, g: usize, from: i32, to: i32, lr: f32, weightDecay: f32): void {
  const rate = f32x4.splat(lr), decay = f32x4.splat(weightDecay)
  for (let i = from; i < to; i += LANES) {
    const at = <usize>i << 2
    const old = v128.load(p + at)
    storeUpTo(p + at, fnma(rate, fma(decay, old, v128.load(g + at)), old), min(LANES, to - i))
  }
}

function descendWithMomentum(
  p: usize, g: usize, b: usize, from: i32, to: i32, lr: f32, momentum: f32, weight: f32, weightDecay: f32, nesterov: bool,
  first: bool,
): void {
  const rate = f32x4.splat(lr), decay = f32x4.splat(weightDecay), m = f32x4.splat(momentum), w = f32x4.splat(weight)
  for (let i = from; i < to; i += LANES) {
    const at = <usize>i << 2, count = min(LANES, to - i)
    const old = v128.load(p + at)
    const slope = fma(decay, old, v128.load(g + at))
    let buffer = slope
    if (!first) buffer = fma(m, v128.load(b + at), f32x4.mul(w, slope))
    storeUpTo(b + at, buffer, count)
    let update = buffer
    if (nesterov) update = fma(m, buffer, slope)
    storeUpTo(p + at, fnma(rate, update, old), count)
  }
}

/**
 * Adam with decoupled weight decay:
 *   p ← p · (1 − lr · weightDecay);  m ← m + (1 − β₁) · (g − m);  v ← β₂ · v + (1 − β₂) · g²;
 *   p ← p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * Rows of the table: p, g, m, v.
 * @param keep 1 − lr · weightDecay
 * @param newMean 1 − β₁
 * @param oldSquare β₂
 * @param newSquare 1 − β₂
 * @param rate lr / (1 − β₁ᵗ)
 * @param rootScale 1 / √(1 − β₂ᵗ)
 * @param eps ε
 */
export function adamwStep(
  thread: i32, threads: i32, table: usize, rows: i32, keep: f32, newMean: f32, oldSquare: f32, newSquare: f32, rate: f32,
  rootScale: f32, eps: f32,
): void {
  const end = table + <usize>rows * ROW
  for (let row = table; row < end; row += ROW) {
    const n = load<i32>(row, 16)
    const from = flatShare(n, thread, threads), to = flatShare(n, thread + 1, threads)
    moveByMoments(row, from, to, keep, newMean, oldSquare, newSquare, rate, rootScale, eps)
  }
}

function moveByMoments(
  row: usize, from: i32, to: i32, keep: f32, newMean: f32, oldSquare: f32, newSquare: f32, rate: f32, rootScale: f32, eps: f32,
): void {
  const p = load<usize>(row), g = load<usize>(row, 4), m = load<usize>(row, 8), v = load<usize>(row, 12)
  const a = f32x4.splat(newMean), b = f32x4.splat(oldSquare), c = f32x4.splat(newSquare)
  for (let i = from; i < to; i += LANES) {
    const at = <usize>i << 2, count = min(LANES, to - i)
    const slope = v128.load(g + at), old = v128.load(m + at)
    const mean = fma(a, f32x4.sub(slope, old), old)
    const square = fma(b, v128.load(v + at), f32x4.mul(c, f32x4.mul(slope, slope)))
    const denominator = fma(f32x4.sqrt(square), f32x4.splat(rootScale), f32x4.splat(eps))
    const kept = f32x4.mul(v128.load(p + at), f32x4.splat(keep))
    storeUpTo(m + at, mean, count)
    storeUpTo(v + at, square, count)
    storeUpTo(p + at, fnma(f32x4.splat(rate), f32x4.div(mean, denominator), kept), count)
  }
}

/** Moving average e ← decay · e + rest · p. */
export function emaStep(thread: i32, threads: i32, e: usize, p: usize, n: i32, decay: f32, rest: f32): void {
  const d = f32x4.splat(decay), r = f32x4.splat(rest)
  const end = flatShare(n, thread + 1, threads)
  for (let i = flatShare(n, thread, threads); i < end; i += LANES) {
    const at = <usize>i << 2
    storeUpTo(e + at, fma(d, v128.load(e + at), f32x4.mul(r, v128.load(p + at))), min(LANES, end - i))
  }
}
