/**
 * Optimizer steps with the definitions of PyTorch, over all parameters in one kernel: their addresses come in a table with a row for
 * each. A thread takes its share of every parameter.
 */
import { float, int, ptr } from './call'
import { flatShare } from './flat'
import { fma, fnma, LANES, storePart } from './simd'

/** Bytes of a row of the table: the addresses of p, g and two arrays of state, and the number of floats in each. */
const ROW: usize = 20

/**
 * Stochastic gradient descent with momentum:
 *   g ← g + weightDecay · p;  b ← momentum · b + (1 − dampening) · g, on the first step b ← g;
 *   p ← p − lr · (nesterov ? g + momentum · b : b)
 * Rows: p, g, b, –. Arguments: table, rows, momentum used, nesterov, first step; lr, momentum, dampening, weightDecay.
 * g is left as it is; without momentum b is not touched.
 */
export function sgdStep(thread: i32, threads: i32): void {
  const end = ptr(0) + <usize>int(1) * ROW
  for (let row = ptr(0); row < end; row += ROW) {
    const n = load<i32>(row, 16)
    const last = flatShare(n, thread + 1, threads)
    for (let i = flatShare(n, thread, threads); i < last; i += LANES) {
      const offset = <usize>i << 2
      sgdVector(load<usize>(row) + offset, load<usize>(row, 4) + offset, load<usize>(row, 8) + offset, min(LANES, last - i))
    }
  }
}

@inline
function storeUpTo(address: usize, v: v128, count: i32): void {
  if (count == LANES) v128.store(address, v)
  else storePart(address, v, count)
}

@inline
function sgdVector(pAt: usize, gAt: usize, bAt: usize, count: i32): void {
  const p = v128.load(pAt)
  const g = fma(f32x4.splat(float(3)), p, v128.load(gAt))
  let update = g
  if (int(2) != 0) {
    const momentum = f32x4.splat(float(1))
    let b = g
    if (int(4) == 0) b = fma(momentum, v128.load(bAt), f32x4.mul(f32x4.splat(1 - float(2)), g))
    storeUpTo(bAt, b, count)
    update = int(3) != 0 ? fma(momentum, b, g) : b
  }
  storeUpTo(pAt, fnma(f32x4.splat(float(0)), update, p), count)
}

/**
 * Adam with decoupled weight decay:
 *   p ← p · (1 − lr · weightDecay);  m ← m + (1 − β₁) · (g − m);  v ← β₂ · v + (1 − β₂) · g²;
 *   p ← p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 * Rows: p, g, m, v. Arguments: table, rows; 1 − lr · weightDecay, 1 − β₁, β₂, 1 − β₂, lr / (1 − β₁ᵗ), 1 / √(1 − β₂ᵗ), ε.
 */
export function adamwStep(thread: i32, threads: i32): void {
  const end = ptr(0) + <usize>int(1) * ROW
  for (let row = ptr(0); row < end; row += ROW) {
    const n = load<i32>(row, 16)
    const last = flatShare(n, thread + 1, threads)
    for (let i = flatShare(n, thread, threads); i < last; i += LANES) adamwVector(row, <usize>i << 2, min(LANES, last - i))
  }
}

@inline
function adamwVector(row: usize, offset: usize, count: i32): void {
  const pAt = load<usize>(row) + offset
  const mAt = load<usize>(row, 8) + offset
  const vAt = load<usize>(row, 12) + offset
  const g = v128.load(load<usize>(row, 4) + offset)
  let m = v128.load(mAt)
  m = fma(f32x4.splat(float(1)), f32x4.sub(g, m), m)
  const v = fma(f32x4.splat(float(2)), v128.load(vAt), f32x4.mul(f32x4.splat(float(3)), f32x4.mul(g, g)))
  const denominator = fma(f32x4.sqrt(v), f32x4.splat(float(5)), f32x4.splat(float(6)))
  const p = f32x4.mul(v128.load(pAt), f32x4.splat(float(0)))
  storeUpTo(mAt, m, count)
  storeUpTo(vAt, v, count)
  storeUpTo(pAt, fnma(f32x4.splat(float(4)), f32x4.div(m, denominator), p), count)
}

/** Moving average e ← d · e + (1 − d) · p. Arguments: e, p, n; d, 1 − d. */
export function emaStep(thread: i32, threads: i32): void {
  const d = f32x4.splat(float(0))
  const rest = f32x4.splat(float(1))
  const end = flatShare(int(2), thread + 1, threads)
  for (let i = flatShare(int(2), thread, threads); i < end; i += LANES) {
    const offset = <usize>i << 2
    const e = fma(d, v128.load(ptr(0) + offset), f32x4.mul(rest, v128.load(ptr(1) + offset)))
    storeUpTo(ptr(0) + offset, e, min(LANES, end - i))
  }
}
