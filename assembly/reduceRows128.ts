/** Reductions of a row-major array x (R, L) over its last or its first axis. */
import { share } from './call'
import { flatShare } from './flat'

/** y (R) = Σ over the last axis. */
export function sumRows(thread: i32, threads: i32, y: usize, x: usize, R: i32, L: i32): void {
  const end = share(R, thread + 1, threads)
  for (let row = share(R, thread, threads); row < end; row++) {
    let at = x + (<usize>(row * L) << 2)
    const stop = at + (<usize>L << 2)
    let low = f64x2.splat(0)
    let high = f64x2.splat(0)
    for (; at + 16 <= stop; at += 16) {
      const v = v128.load(at)
      low = f64x2.add(low, f64x2.promote_low_f32x4(v))
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)))
    }
    low = f64x2.add(low, high)
    let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1)
    for (; at < stop; at += 4) sum += <f64>load<f32>(at)
    store<f32>(y + (<usize>row << 2), <f32>sum)
  }
}

/** y (R) = the largest of each row; not a number if any is. */
export function maxRows(thread: i32, threads: i32, y: usize, x: usize, R: i32, L: i32): void {
  const end = share(R, thread + 1, threads)
  for (let row = share(R, thread, threads); row < end; row++) {
    let at = x + (<usize>(row * L) << 2)
    const stop = at + (<usize>L << 2)
    let most = f32x4.splat(-Infinity)
    for (; at + 16 <= stop; at += 16) most = f32x4.max(most, v128.load(at))
    let result = max(
      max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    )
    for (; at < stop; at += 4) result = max(result, load<f32>(at))
    store<f32>(y + (<usize>row << 2), result)
  }
}

/** dx (R, L): dy (R) at the first of the largest of each row of x, 0 elsewhere. */
export function maxRowsBackward(thread: i32, threads: i32, dx: usize, dy: usize, x: usize, R: i32, L: i32): void {
  const bytes = <usize>L << 2
  const end = share(R, thread + 1, threads)
  for (let row = share(R, thread, threads); row < end; row++) {
    const from = x + <usize>row * bytes
    const to = dx + <usize>row * bytes
    let best: usize = 0
    let most = load<f32>(from)
    for (let i: usize = 4; i < bytes; i += 4) {
      const v = load<f32>(from + i)
      if (v > most) {
        most = v
        best = i
      }
    }
    memory.fill(to, 0, bytes)
    store<f32>(to + best, load<f32>(dy + (<usize>row << 2)))
  }
}

/** y (L) = Σ over the first axis. */
export function sumColumns(thread: i32, threads: i32, y: usize, x: usize, R: i32, L: i32): void {
  const step = <usize>L << 2
  const end = flatShare(L, thread + 1, threads)
  let column = flatShare(L, thread, threads)
  for (; column + 4 <= end; column += 4) {
    const offset = <usize>column << 2
    let at = x + offset
    let low = f64x2.splat(0)
    let high = f64x2.splat(0)
    for (let row = 0; row < R; row++, at += step) {
      const v = v128.load(at)
      low = f64x2.add(low, f64x2.promote_low_f32x4(v))
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)))
    }
    low = f32x4.demote_f64x2_zero(low)
    high = f32x4.demote_f64x2_zero(high)
    v128.store(y + offset, v128.shuffle<i64>(low, high, 0, 2))
  }
  for (; column < end; column++) {
    let at = x + (<usize>column << 2)
    let sum: f64 = 0
    for (let row = 0; row < R; row++, at += step) sum += <f64>load<f32>(at)
    store<f32>(y + (<usize>column << 2), <f32>sum)
  }
}
