/**
 * Sums for the mean and variance of a channel (P, Np). They are taken around the mean of the channel's first row, so that little
 * cancels however far from 0 the values lie; floats collect a few thousand values and are then added to doubles.
 */
import { firstLanes, fma, LANES, LANES_SHIFT, VECTOR, VECTOR_SHIFT, widenSum } from './simd'

/** Vectors that float accumulators collect before they are added to the doubles. */
const run = 1024

/** Results of `addSums`: Σ (x − around) and Σ (x − around)². */
let sum: f64 = 0
let squares: f64 = 0

/** Around what the channel at x is summed up: the mean of its first row. */
@inline
export function shiftOf(x: usize, N: i32, Np: i32): f32 {
  let total = v128.load(x)
  for (let i = LANES; i < Np; i += LANES) total = f32x4.add(total, v128.load(x + (<usize>i << 2)))
  return <f32>(widenSum(total) / <f64>N)
}

/** Add the `vectors` vectors from x on to the sums. */
function addSums(x: usize, vectors: i32, around: f32): void {
  const shift = f32x4.splat(around)
  while (vectors > 0) {
    const count = min(vectors, run)
    const end = x + (<usize>count << VECTOR_SHIFT)
    let sum0 = f32x4.splat(0)
    let sum1 = f32x4.splat(0)
    let sum2 = f32x4.splat(0)
    let sum3 = f32x4.splat(0)
    let squares0 = f32x4.splat(0)
    let squares1 = f32x4.splat(0)
    let squares2 = f32x4.splat(0)
    let squares3 = f32x4.splat(0)
    for (; x + 4 * VECTOR <= end; x += 4 * VECTOR) {
      const a = f32x4.sub(v128.load(x), shift)
      const b = f32x4.sub(v128.load(x, VECTOR), shift)
      const c = f32x4.sub(v128.load(x, 2 * VECTOR), shift)
      const d = f32x4.sub(v128.load(x, 3 * VECTOR), shift)
      sum0 = f32x4.add(sum0, a)
      sum1 = f32x4.add(sum1, b)
      sum2 = f32x4.add(sum2, c)
      sum3 = f32x4.add(sum3, d)
      squares0 = fma(a, a, squares0)
      squares1 = fma(b, b, squares1)
      squares2 = fma(c, c, squares2)
      squares3 = fma(d, d, squares3)
    }
    for (; x < end; x += VECTOR) {
      const a = f32x4.sub(v128.load(x), shift)
      sum0 = f32x4.add(sum0, a)
      squares0 = fma(a, a, squares0)
    }
    sum += widenSum(f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3)))
    squares += widenSum(f32x4.add(f32x4.add(squares0, squares1), f32x4.add(squares2, squares3)))
    vectors -= count
  }
}

/** Add the last vector of each row, of which only `count` lanes are real. */
function addLastVectors(x: usize, rows: i32, Np: i32, count: i32, around: f32): void {
  const shift = f32x4.splat(around)
  const real = firstLanes(count)
  for (let row = 0; row < rows; row++, x += <usize>Np << 2) {
    const a = v128.and(real, f32x4.sub(v128.load(x), shift))
    sum += widenSum(a)
    squares += widenSum(f32x4.mul(a, a))
  }
}

/** Store Σ (x − around) and Σ (x − around)² over `rows` rows of Np floats as two doubles. */
export function storeSums(result: usize, x: usize, rows: i32, N: i32, Np: i32, around: f32): void {
  sum = 0
  squares = 0
  if (N == Np) {
    addSums(x, rows * (Np >> LANES_SHIFT), around)
  } else {
    const whole = (Np >> LANES_SHIFT) - 1
    if (whole > 0) for (let row = 0; row < rows; row++) addSums(x + (<usize>(row * Np) << 2), whole, around)
    addLastVectors(x + (<usize>whole << VECTOR_SHIFT), rows, Np, N - LANES * whole, around)
  }
  store<f64>(result, sum)
  store<f64>(result, squares, 8)
}
