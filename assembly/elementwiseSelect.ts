/** What lets some of the numbers of an array through, and others not. */
import { flatShare } from './flat'
import { storePart, VECTOR } from './simd'

/** dx = dy where low ≤ x ≤ high, else 0. dx may be dy. */
export function clampBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, x: usize, n: i32, low: f32, high: f32,
): void {
  const least = f32x4.splat(low)
  const most = f32x4.splat(high)
  const end = <usize>flatShare(n, thread + 1, threads) << 2
  for (let i = <usize>flatShare(n, thread, threads) << 2; i < end; i += VECTOR) {
    const v = v128.load(x + i)
    const inside = v128.and(f32x4.ge(v, least), f32x4.le(v, most))
    store4(dx, i, end, v128.and(v128.load(dy + i), inside))
  }
}

/** y = p where c is not 0, else q; an address 0 stands for zeros. y may be any of the others. */
export function where(thread: i32, threads: i32, y: usize, c: usize, p: usize, q: usize, n: i32): void {
  const zero = f32x4.splat(0)
  const end = <usize>flatShare(n, thread + 1, threads) << 2
  for (let i = <usize>flatShare(n, thread, threads) << 2; i < end; i += VECTOR) {
    const holds = f32x4.ne(v128.load(c + i), zero)
    const yes = p ? v128.load(p + i) : zero
    const no = q ? v128.load(q + i) : zero
    store4(y, i, end, v128.bitselect(yes, no, holds))
  }
}

/** A vector at y + i, as far as the array goes, whose `end` counts from y too. */
@inline
function store4(y: usize, i: usize, end: usize, v: v128): void {
  if (i + VECTOR <= end) v128.store(y + i, v)
  else storePart(y + i, v, <i32>(end - i) >> 2)
}
