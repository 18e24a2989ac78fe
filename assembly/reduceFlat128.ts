/**
 * Sums of whole arrays in double precision. Each thread leaves the sums of its share; the host adds them in the order of the
 * threads, so that a result depends on their number only.
 */
import { int, ptr, share } from './call'
import { flatShare } from './flat'

/** The sum of a share of x: partial[thread]. Arguments: partial (doubles), x, n. */
export function sum(thread: i32, threads: i32): void {
  const from = flatShare(int(2), thread, threads)
  const to = flatShare(int(2), thread + 1, threads)
  store<f64>(ptr(0) + (<usize>thread << 3), total(false, false, ptr(1) + (<usize>from << 2), 0, to - from))
}

/** The sum of squares of a share of x: partial[thread]. Arguments: partial (doubles), x, n. */
export function sumOfSquares(thread: i32, threads: i32): void {
  const from = flatShare(int(2), thread, threads)
  const to = flatShare(int(2), thread + 1, threads)
  store<f64>(ptr(0) + (<usize>thread << 3), total(true, false, ptr(1) + (<usize>from << 2), 0, to - from))
}

/**
 * Σ x over each channel: partial[c · parts + part] with the places cut into `parts` parts.
 * Arguments: partial (doubles), x, C, P, Np, parts.
 */
export function sumChannel(thread: i32, threads: i32): void {
  channels(false, ptr(1), 0, int(2), int(3), int(4), int(5), thread, threads)
}

/** Σ x · z over each channel, likewise. Arguments: partial (doubles), x, z, C, P, Np, parts. */
export function dotChannel(thread: i32, threads: i32): void {
  channels(true, ptr(1), ptr(2), int(3), int(4), int(5), int(6), thread, threads)
}

@inline
function channels(
  dot: bool, x: usize, z: usize, C: i32, P: i32, Np: i32, parts: i32, thread: i32, threads: i32,
): void {
  const end = share(C * parts, thread + 1, threads)
  for (let i = share(C * parts, thread, threads); i < end; i++) {
    const channel = i / parts
    const from = channel * P + share(P, i % parts, parts)
    const to = channel * P + share(P, (i % parts) + 1, parts)
    const offset = <usize>(from * Np) << 2
    store<f64>(ptr(0) + (<usize>i << 3), total(false, dot, x + offset, z + offset, (to - from) * Np))
  }
}

/** Both halves of four floats as doubles, added. */
@inline
function widen(v: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)))
}

/** Both halves of four products as doubles, added. */
@inline
function widenProduct(v: v128, w: v128): v128 {
  const low = f64x2.mul(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(w))
  const v2 = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0))
  const w2 = f64x2.promote_low_f32x4(v128.shuffle<i64>(w, w, 1, 0))
  return f64x2.add(low, f64x2.mul(v2, w2))
}

@inline
function term(squares: bool, dot: bool, x: usize, z: usize): v128 {
  const v = v128.load(x)
  return squares ? widenProduct(v, v) : dot ? widenProduct(v, v128.load(z)) : widen(v)
}

/** Σ x, Σ x² or Σ x · z over n floats */
@inline
function total(squares: bool, dot: bool, x: usize, z: usize, n: i32): f64 {
  let sum0 = f64x2.splat(0)
  let sum1 = f64x2.splat(0)
  const end = x + (<usize>n << 2)
  for (; x + 32 <= end; x += 32, z += 32) {
    sum0 = f64x2.add(sum0, term(squares, dot, x, z))
    sum1 = f64x2.add(sum1, term(squares, dot, x + 16, z + 16))
  }
  if (x + 16 <= end) {
    sum0 = f64x2.add(sum0, term(squares, dot, x, z))
    x += 16
    z += 16
  }
  sum0 = f64x2.add(sum0, sum1)
  let result = f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1)
  for (; x < end; x += 4, z += 4) {
    const v = <f64>load<f32>(x)
    result += squares ? v * v : dot ? v * <f64>load<f32>(z) : v
  }
  return result
}
