/**
 * The two passes of the gradient of batch normalization over rows of one channel. With g = dy where the activation lets it
 * through, else 0:
 *   Σ g and Σ g · (x − mean);   dx = scale · g + slope · (x − mean) + offset
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

/** With `Mask.fromY`, g is written to r. */
@inline
function sums(
  mask: Mask, result: usize, dy: usize, x: usize, y: usize, r: usize, n: i32, mean: v128, scale: v128, bias: v128,
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
      if (mask == Mask.fromY) {
        v128.store(r, g0)
        v128.store(r, g1, VECTOR)
        y += 2 * VECTOR
        r += 2 * VECTOR
      }
    }
    if (dy < stop) {
      const x0 = f32x4.sub(v128.load(x), mean)
      const g0 = masked(mask, dy, y, 0, x0, scale, bias)
      sum0 = f32x4.add(sum0, g0)
      product0 = fma(g0, x0, product0)
      if (mask == Mask.fromY) v128.store(r, g0)
      dy += VECTOR
    }
    sum += widenSum(f32x4.add(sum0, sum1))
    product += widenSum(f32x4.add(product0, product1))
  }
  store<f64>(result, sum)
  store<f64>(result, product, 8)
}

/**
 * Store Σ g and Σ g · (x − mean) over n floats as two doubles, and with `Mask.fromY`, g in r.
 * scale and bias: those of the forward pass.
 */
export function gradientSums(
  mask: Mask, result: usize, dy: usize, x: usize, y: usize, r: usize, n: i32, mean: f32, scale: f32, bias: f32,
): void {
  const m = f32x4.splat(mean)
  const a = f32x4.splat(scale)
  const b = f32x4.splat(bias)
  if (mask == Mask.none) sums(Mask.none, result, dy, x, 0, 0, n, m, a, b)
  else if (mask == Mask.fromX) sums(Mask.fromX, result, dy, x, 0, 0, n, m, a, b)
  else sums(Mask.fromY, result, dy, x, y, r, n, m, a, b)
}

/** scale · g + slope · (x − mean) + offset, vector number `at` from the addresses on; `at` is a constant. */
@inline
function gradientVector(
  mask: Mask, dx: usize, dy: usize, x: usize, at: i32, mean: v128, scale: v128, bias: v128, slope: v128, offset: v128,
): void {
  const centred = f32x4.sub(loadAt(x, at), mean)
  const g = masked(mask, dy, 0, at, centred, scale, bias)
  storeAt(dx, fma(scale, g, fma(slope, centred, offset)), at)
}

@inline
function gradient(
  mask: Mask, dx: usize, dy: usize, x: usize, n: i32, mean: v128, scale: v128, bias: v128, slope: v128, offset: v128,
): void {
  const end = dx + (<usize>n << 2)
  for (; dx + 2 * VECTOR <= end; dx += 2 * VECTOR, dy += 2 * VECTOR, x += 2 * VECTOR) {
    gradientVector(mask, dx, dy, x, 0, mean, scale, bias, slope, offset)
    gradientVector(mask, dx, dy, x, 1, mean, scale, bias, slope, offset)
  }
  if (dx < end) gradientVector(mask, dx, dy, x, 0, mean, scale, bias, slope, offset)
}

/** dx = scale · g + slope · (x − mean) + offset over n floats, with `Mask.none` or `Mask.fromX`. dx may be dy. */
export function gradientRows(
  mask: Mask, dx: usize, dy: usize, x: usize, n: i32, mean: f32, scale: f32, bias: f32, slope: f32, offset: f32,
): void {
  const m = f32x4.splat(mean)
  const a = f32x4.splat(scale)
  const b = f32x4.splat(bias)
  const s = f32x4.splat(slope)
  const c = f32x4.splat(offset)
  if (mask == Mask.fromX) gradient(Mask.fromX, dx, dy, x, n, m, a, b, s, c)
  else gradient(Mask.none, dx, dy, x, n, m, a, b, s, c)
}
