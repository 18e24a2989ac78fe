/** Reductions of a row-major array x (R, L) over its last or its first axis. */
import { float, int, ptr, share } from './call'
import { flatShare } from './flat'

/** y (R) = a · Σ over the last axis. Arguments: y, x, R, L; a. */
export function sumRows(thread: i32, threads: i32): void {
  const L = int(3)
  const end = share(int(2), thread + 1, threads)
  for (let row = share(int(2), thread, threads); row < end; row++) {
    let x = ptr(1) + (<usize>(row * L) << 2)
    const stop = x + (<usize>L << 2)
    let low = f64x2.splat(0)
    let high = f64x2.splat(0)
    for (; x + 16 <= stop; x += 16) {
      const v = v128.load(x)
      low = f64x2.add(low, f64x2.promote_low_f32x4(v))
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)))
    }
    low = f64x2.add(low, high)
    let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1)
    for (; x < stop; x += 4) sum += <f64>load<f32>(x)
    store<f32>(ptr(0) + (<usize>row << 2), <f32>(sum * <f64>float(0)))
  }
}

/** y (R) = the largest of each row; not a number if any is. Arguments: y, x, R, L. */
export function maxRows(thread: i32, threads: i32): void {
  const L = int(3)
  const end = share(int(2), thread + 1, threads)
  for (let row = share(int(2), thread, threads); row < end; row++) {
    let x = ptr(1) + (<usize>(row * L) << 2)
    const stop = x + (<usize>L << 2)
    let most = f32x4.splat(-Infinity)
    for (; x + 16 <= stop; x += 16) most = f32x4.max(most, v128.load(x))
    let result = max(
      max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    )
    for (; x < stop; x += 4) result = max(result, load<f32>(x))
    store<f32>(ptr(0) + (<usize>row << 2), result)
  }
}

/** y (L) = a · Σ over the first axis. Arguments: y, x, R, L; a. */
export function sumColumns(thread: i32, threads: i32): void {
  const R = int(2)
  const L = int(3)
  const step = <usize>L << 2
  const a = <f64>float(0)
  const end = flatShare(L, thread + 1, threads)
  let column = flatShare(L, thread, threads)
  for (; column + 4 <= end; column += 4) {
    const offset = <usize>column << 2
    let x = ptr(1) + offset
    let low = f64x2.splat(0)
    let high = f64x2.splat(0)
    for (let row = 0; row < R; row++, x += step) {
      const v = v128.load(x)
      low = f64x2.add(low, f64x2.promote_low_f32x4(v))
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0)))
    }
    low = f32x4.demote_f64x2_zero(f64x2.mul(low, f64x2.splat(a)))
    high = f32x4.demote_f64x2_zero(f64x2.mul(high, f64x2.splat(a)))
    v128.store(ptr(0) + offset, v128.shuffle<i64>(low, high, 0, 2))
  }
  for (; column < end; column++) {
    let x = ptr(1) + (<usize>column << 2)
    let sum: f64 = 0
    for (let row = 0; row < R; row++, x += step) sum += <f64>load<f32>(x)
    store<f32>(ptr(0) + (<usize>column << 2), <f32>(sum * a))
  }
}
