/** How the flat kernels walk over arrays of any length: whole vectors, and the floats that are left at the end. */
import { share } from './call'
import { VECTOR } from './simd'

/** First of the floats of this thread, of `n`. Shares start on whole cache lines, so that no two threads write to one. */
@inline
export function flatShare(n: i32, thread: i32, threads: i32): i32 {
  return min(n, share((n + 15) >> 4, thread, threads) << 4)
}

/** Zero in the padded lanes N … Np of `rows` rows from address y on. */
export function clearRows(y: usize, rows: i32, N: i32, Np: i32): void {
  const step = <usize>Np << 2
  for (let i = 0; i < rows; i++, y += step) {
    for (let lane = N; lane < Np; lane++) store<f32>(y + (<usize>lane << 2), 0)
  }
}

/** v128.load of vector `i` (0 … 3, a constant) from the address on, without an addition at run time. */
@inline
export function loadAt(address: usize, i: i32): v128 {
  if (i == 1) return v128.load(address, VECTOR)
  if (i == 2) return v128.load(address, 2 * VECTOR)
  if (i == 3) return v128.load(address, 3 * VECTOR)
  return v128.load(address)
}

/** v128.store, likewise. */
@inline
export function storeAt(address: usize, v: v128, i: i32): void {
  if (i == 1) v128.store(address, v, VECTOR)
  else if (i == 2) v128.store(address, v, 2 * VECTOR)
  else if (i == 3) v128.store(address, v, 3 * VECTOR)
  else v128.store(address, v)
}
