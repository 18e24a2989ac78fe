/**
 * The two passes of the gradient of batch normalization over rows of one channel. With g = dy where the activation lets it
 * through, else 0:
 *   Σ g and Σ g · (x − mean);   dx = a · g + b · (x − mean) + c,   dResidual (+)= g
 * Where y is at hand, g = dy for y > 0; otherwise the activation is computed anew from x.
 */
import { loadAt, storeAt } from './flat'
import { fma, VECTOR, VECTOR_SHIFT, widenSum } from './simd'

/** How g follows from dy. */
export const enum Mask {
  none,
  fromX,
  fromY,
}

/** What to do with g besides computing dx. */
export const enum Residual {
  none,
  write,
  accumulate,
}

/** Pairs of vectors that float accumulators collect before they are added to the doubles. */
const run = 512

/** Vector number `at` of g from the addresses on; `at` is a constant. */
@inline
function masked(mask: Mask, dy: usize, y: usize, at: i32, centred: v128, scale: v128, bias: v128): v128 {
  const g = loadAt(dy, at)
  if (mask == Mask.none) return g
  const forward = mask == Mask.fromX ? fma(centred, scale, bias) : loadAt(y, at)
  return v128.and(g, f32x4.gt(forward, f32x4.splat(0)))
}

/** With `keep`, g is written to r. */
@inline
function sums(
  mask: Mask, keep: bool, result: usize, dy: usize, x: usize, y: usize, r: usize, n: i32,
  mean: v128, scale: v128, bias: v128,
): void {
  let sum: f64 = 0
  let product: f64 = 0
  const end = dy + (<usize>n << 2)
  while (dy < end) {
    let sum0 = f32x4.splat(0)
    let sum1 = f32x4.splat(0)
    let product0 = f32x4.splat(0)
    let product1 = f32x4.splat(0)
    const stop = min(end, dy + (<usize>run << (VECTOR_SHIFT + 1)))
    for (; dy + 2 * VECTOR <= stop; dy += 2 * VECTOR, x += 2 * VECTOR) {
      const x0 = f32x4.sub(v128.load(x), mean)
      const x1 = f32x4.sub(v128.load(x, VECTOR), mean)
      const g0 = masked(mask, dy, y, 0, x0, scale, bias)
      const g1 = masked(mask, dy, y, 1, x1, scale, bias)
      sum0 = f32x4.add(sum0, g0)
      sum1 = f32x4.add(sum1, g1)
      product0 = fma(g0, x0, product0)
      product1 = fma(g1, x1, product1)
      if (mask == Mask.fromY) y += 2 * VECTOR
      if (keep) {
        v128.store(r, g0)
        v128.store(r, g1, VECTOR)
        r += 2 * VECTOR
      }
    }
    if (dy < stop) {
      const x0 = f32x4.sub(v128.load(x), mean)
      const g0 = masked(mask, dy, y, 0, x0, scale, bias)
      sum0 = f32x4.add(sum0, g0)
      product0 = fma(g0, x0, product0)
      if (keep) v128.store(r, g0)
      dy += VECTOR
    }
    sum += widenSum(f32x4.add(sum0, sum1))
    product += widenSum(f32x4.add(product0, product1))
  }
  store<f64>(result, sum)
  store<f64>(result, product, 8)
}

/**
 * Store Σ g and Σ g · (x − mean) over n floats as two doubles, and g in r if r is not 0 (only with `Mask.fromY`).
 * scale and bias: those of the forward pass.
 */
export function gradientSums(
  mask: Mask, result: usize, dy: usize, x: usize, y: usize, r: usize, n: i32, mean: f32, scale: f32, bias: f32,
): void {
  const m = f32x4.splat(mean)
  const a = f32x4.splat(scale)
  const b = f32x4.splat(bias)
  if (mask == Mask.none) sums(Mask.none, false, result, dy, x, 0, 0, n, m, a, b)
  else if (mask == Mask.fromX) sums(Mask.fromX, false, result, dy, x, 0, 0, n, m, a, b)
  else if (r == 0) sums(Mask.fromY, false, result, dy, x, y, 0, n, m, a, b)
  else sums(Mask.fromY, true, result, dy, x, y, r, n, m, a, b)
}

/** The coefficients of dx = a · g + b · (x − mean) + c, set by the caller of `gradientRows`. */
let coefficientA: f32 = 0
let coefficientB: f32 = 0
let coefficientC: f32 = 0

export function setCoefficients(a: f32, b: f32, c: f32): void {
  coefficientA = a
  coefficientB = b
  coefficientC = c
}

/** dx = a · g + b · (x − mean) + c and dResidual, vector number `at` from the addresses on; `at` is a constant. */
@inline
function gradientVector(
  mask: Mask, residual: Residual, dx: usize, dy: usize, x: usize, y: usize, r: usize, at: i32,
  mean: v128, scale: v128, bias: v128, a: v128, b: v128, c: v128,
): void {
  const centred = f32x4.sub(loadAt(x, at), mean)
  const g = masked(mask, dy, y, at, centred, scale, bias)
  if (residual == Residual.write) storeAt(r, g, at)
  if (residual == Residual.accumulate) storeAt(r, f32x4.add(loadAt(r, at), g), at)
  storeAt(dx, fma(a, g, fma(b, centred, c)), at)
}

@inline
function gradient(
  mask: Mask, residual: Residual,
  dx: usize, dy: usize, x: usize, y: usize, r: usize, n: i32, mean: v128, scale: v128, bias: v128,
): void {
  const a = f32x4.splat(coefficientA)
  const b = f32x4.splat(coefficientB)
  const c = f32x4.splat(coefficientC)
  const end = dx + (<usize>n << 2)
  for (; dx + 2 * VECTOR <= end; dx += 2 * VECTOR, dy += 2 * VECTOR, x += 2 * VECTOR) {
    gradientVector(mask, residual, dx, dy, x, y, r, 0, mean, scale, bias, a, b, c)
    gradientVector(mask, residual, dx, dy, x, y, r, 1, mean, scale, bias, a, b, c)
    if (mask == Mask.fromY) y += 2 * VECTOR
    if (residual != Residual.none) r += 2 * VECTOR
  }
  if (dx < end) gradientVector(mask, residual, dx, dy, x, y, r, 0, mean, scale, bias, a, b, c)
}

/** dx and dResidual over n floats; with `Mask.fromY` dResidual is accumulated or none. dx or dResidual may be dy. */
export function gradientRows(
  mask: Mask, residual: Residual,
  dx: usize, dy: usize, x: usize, y: usize, r: usize, n: i32, mean: f32, scale: f32, bias: f32,
): void {
  const m = f32x4.splat(mean)
  const a = f32x4.splat(scale)
  const b = f32x4.splat(bias)
  if (mask == Mask.fromX) {
    gradient(Mask.fromX, Residual.none, dx, dy, x, 0, 0, n, m, a, b)
  } else if (mask == Mask.fromY) {
    if (residual == Residual.none) gradient(Mask.fromY, Residual.none, dx, dy, x, y, 0, n, m, a, b)
    else gradient(Mask.fromY, Residual.accumulate, dx, dy, x, y, r, n, m, a, b)
  } else {
    if (residual == Residual.none) gradient(Mask.none, Residual.none, dx, dy, x, 0, 0, n, m, a, b)
    else if (residual == Residual.write) gradient(Mask.none, Residual.write, dx, dy, x, 0, r, n, m, a, b)
    else gradient(Mask.none, Residual.accumulate, dx, dy, x, 0, r, n, m, a, b)
  }
}
