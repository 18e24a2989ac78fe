/**
 * The two passes of the gradient of batch normalization over rows of one channel. With g = dy where the activation lets it
 * through, else 0:
 *   Σ g and Σ g · (x − mean);   dx = a · g + b · (x − mean) + c,   dResidual (+)= g
 * Where y is at hand, g = dy for y > 0; otherwise the activation is computed anew from x.
 */
import { widenSum } from './normSums'
import { fma } from './simd'

/** How g follows from dy. */
export const enum Mask {
  none,
  fromX,
  fromY,
}

/** What to do with g besides. */
export const enum Residual {
  none,
  write,
  accumulate,
}

/** Pairs of vectors that float accumulators collect before they are added to the doubles. */
const run = 512

@inline
function masked(mask: Mask, dy: usize, centred: v128, y: usize, scale: v128, bias: v128): v128 {
  const g = v128.load(dy)
  if (mask == Mask.none) return g
  return v128.and(g, f32x4.gt(mask == Mask.fromX ? fma(centred, scale, bias) : v128.load(y), f32x4.splat(0)))
}

@inline
function sums(
  mask: Mask, result: usize, dy: usize, x: usize, y: usize, n: i32, mean: v128, scale: v128, bias: v128,
): void {
  let sum: f64 = 0
  let product: f64 = 0
  const end = dy + (<usize>n << 2)
  while (dy < end) {
    let sum0 = f32x4.splat(0)
    let sum1 = f32x4.splat(0)
    let product0 = f32x4.splat(0)
    let product1 = f32x4.splat(0)
    const stop = min(end, dy + (run << 5))
    for (; dy + 32 <= stop; dy += 32, x += 32, y += 32) {
      const x0 = f32x4.sub(v128.load(x), mean)
      const x1 = f32x4.sub(v128.load(x, 16), mean)
      const g0 = masked(mask, dy, x0, y, scale, bias)
      const g1 = masked(mask, dy + 16, x1, y + 16, scale, bias)
      sum0 = f32x4.add(sum0, g0)
      sum1 = f32x4.add(sum1, g1)
      product0 = fma(g0, x0, product0)
      product1 = fma(g1, x1, product1)
    }
    if (dy < stop) {
      const x0 = f32x4.sub(v128.load(x), mean)
      const g0 = masked(mask, dy, x0, y, scale, bias)
      sum0 = f32x4.add(sum0, g0)
      product0 = fma(g0, x0, product0)
      dy += 16
    }
    sum += widenSum(f32x4.add(sum0, sum1))
    product += widenSum(f32x4.add(product0, product1))
  }
  store<f64>(result, sum)
  store<f64>(result, product, 8)
}

/** Store Σ g and Σ g · (x − mean) over n floats as two doubles. scale and bias: those of the forward pass. */
export function gradientSums(
  mask: Mask, result: usize, dy: usize, x: usize, y: usize, n: i32, mean: f32, scale: f32, bias: f32,
): void {
  const m = f32x4.splat(mean)
  const a = f32x4.splat(scale)
  const b = f32x4.splat(bias)
  if (mask == Mask.none) sums(Mask.none, result, dy, x, 0, n, m, a, b)
  else if (mask == Mask.fromX) sums(Mask.fromX, result, dy, x, 0, n, m, a, b)
  else sums(Mask.fromY, result, dy, x, y, n, m, a, b)
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

@inline
function gradient(
  mask: Mask, residual: Residual,
  dx: usize, dy: usize, x: usize, y: usize, r: usize, n: i32, mean: v128, scale: v128, bias: v128,
): void {
  const a = f32x4.splat(coefficientA)
  const b = f32x4.splat(coefficientB)
  const c = f32x4.splat(coefficientC)
  const end = dx + (<usize>n << 2)
  for (; dx < end; dx += 16, dy += 16, x += 16, y += 16, r += 16) {
    const v = f32x4.sub(v128.load(x), mean)
    const g = masked(mask, dy, v, y, scale, bias)
    if (residual == Residual.write) v128.store(r, g)
    if (residual == Residual.accumulate) v128.store(r, f32x4.add(v128.load(r), g))
    v128.store(dx, fma(a, g, fma(b, v, c)))
  }
}

/** dx and dResidual over n floats. dx or dResidual may be dy, but only one of them. */
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
    else if (residual == Residual.write) gradient(Mask.fromY, Residual.write, dx, dy, x, y, r, n, m, a, b)
    else gradient(Mask.fromY, Residual.accumulate, dx, dy, x, y, r, n, m, a, b)
  } else {
    if (residual == Residual.none) gradient(Mask.none, Residual.none, dx, dy, x, 0, 0, n, m, a, b)
    else if (residual == Residual.write) gradient(Mask.none, Residual.write, dx, dy, x, 0, r, n, m, a, b)
    else gradient(Mask.none, Residual.accumulate, dx, dy, x, 0, r, n, m, a, b)
  }
}
