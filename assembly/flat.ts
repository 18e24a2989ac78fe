/** How the flat kernels walk over arrays of any length: vectors of four floats, and 1 … 3 floats at the end. */
import { share } from './call'

/** First of the floats of this thread, of `n`. Shares start on whole cache lines, so that no two threads write to one. */
@inline
export function flatShare(n: i32, thread: i32, threads: i32): i32 {
  return min(n, share((n + 15) >> 4, thread, threads) << 4)
}

/** Store the first `count` (1 … 3) floats of `v`. */
export function storePart(address: usize, v: v128, count: i32): void {
  v128.store32_lane(address, v, 0)
  if (count > 1) v128.store32_lane(address, v, 1, 4)
  if (count > 2) v128.store32_lane(address, v, 2, 8)
}

/** The first `count` (0 … 4) lanes all ones, the others zero: for `v128.and` with the last vector of an array. */
@inline
export function firstLanes(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3))
}

/** Zero in the padded lanes N … Np of `rows` rows from address y on. */
export function clearRows(y: usize, rows: i32, N: i32, Np: i32): void {
  const step = <usize>Np << 2
  for (let i = 0; i < rows; i++, y += step) {
    for (let lane = N; lane < Np; lane++) store<f32>(y + (<usize>lane << 2), 0)
  }
}

/** v128.load(address, at) for at = 0, 16, 32 or 48, a constant where this is inlined: no addition at run time. */
@inline
export function loadAt(address: usize, at: usize): v128 {
  if (at == 16) return v128.load(address, 16)
  if (at == 32) return v128.load(address, 32)
  if (at == 48) return v128.load(address, 48)
  return v128.load(address)
}

/** v128.store(address, v, at), likewise. */
@inline
export function storeAt(address: usize, v: v128, at: usize): void {
  if (at == 16) v128.store(address, v, 16)
  else if (at == 32) v128.store(address, v, 32)
  else if (at == 48) v128.store(address, v, 48)
  else v128.store(address, v)
}
