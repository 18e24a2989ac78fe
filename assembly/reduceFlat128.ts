/**
 * Sums of whole arrays in double precision. Each thread leaves the sums of its share; the host adds them in the order of the
 * threads, so that a result depends on their number only.
 */
import { share } from './call'
import { flatShare } from './flat'

/** The sum of each thread's share of x: partial[thread], doubles. */
export function sum(thread: i32, threads: i32, partial: usize, x: usize, n: i32): void {
  const from = flatShare(n, thread, threads)
  const to = flatShare(n, thread + 1, threads)
  store<f64>(partial + (<usize>thread << 3), total(false, x + (<usize>from << 2), to - from))
}

/** The sum of squares of each thread's share of x: partial[thread], doubles. */
export function sumOfSquares(thread: i32, threads: i32, partial: usize, x: usize, n: i32): void {
  const from = flatShare(n, thread, threads)
  const to = flatShare(n, thread + 1, threads)
  store<f64>(partial + (<usize>thread << 3), total(true, x + (<usize>from << 2), to - from))
}

/** Σ x over each channel of (C, P, Np), its places cut into `parts` parts: partial[c · parts + part], doubles. */
export function sumChannel(
  thread: i32, threads: i32, partial: usize, x: usize, C: i32, P: i32, Np: i32, parts: i32,
): void {
  const end = share(C * parts, thread + 1, threads)
  for (let i = share(C * parts, thread, threads); i < end; i++) {
    const channel = i / parts
    const from = channel * P + share(P, i % parts, parts)
    const to = channel * P + share(P, (i % parts) + 1, parts)
    store<f64>(partial + (<usize>i << 3), total(false, x + (<usize>(from * Np) << 2), (to - from) * Np))
  }
}

/** Four floats at x, or their squares, as doubles: both halves added. */
@inline
function term(squares: bool, x: usize): v128 {
  const v = v128.load(x)
  const low = f64x2.promote_low_f32x4(v)
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0))
  return squares ? f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)) : f64x2.add(low, high)
}

/** Σ x or Σ x² over n floats */
@inline
function total(squares: bool, x: usize, n: i32): f64 {
  let sum0 = f64x2.splat(0)
  let sum1 = f64x2.splat(0)
  const end = x + (<usize>n << 2)
  for (; x + 32 <= end; x += 32) {
    sum0 = f64x2.add(sum0, term(squares, x))
    sum1 = f64x2.add(sum1, term(squares, x + 16))
  }
  if (x + 16 <= end) {
    sum0 = f64x2.add(sum0, term(squares, x))
    x += 16
  }
  sum0 = f64x2.add(sum0, sum1)
  let result = f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1)
  for (; x < end; x += 4) {
    const v = <f64>load<f32>(x)
    result += squares ? v * v : v
  }
  return result
}
