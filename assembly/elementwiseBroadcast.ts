/**
 * Activations (C, P, Np) with one value for each channel, s (C), or for each channel and image, s (C, Np).
 * Rows are the C · P runs of Np floats.
 */
import { share } from './call'
import { clearRows } from './flat'
import { VECTOR } from './simd'

/** y = x + s[c], zero in the padded lanes. y may be x. */
export function addChannel(
  thread: i32, threads: i32, y: usize, x: usize, s: usize, C: i32, P: i32, N: i32, Np: i32,
): void {
  perChannel(true, thread, threads, y, x, s, C, P, N, Np)
}

/** y = x · s[c]. y may be x. */
export function mulChannel(
  thread: i32, threads: i32, y: usize, x: usize, s: usize, C: i32, P: i32, N: i32, Np: i32,
): void {
  perChannel(false, thread, threads, y, x, s, C, P, N, Np)
}

@inline
function perChannel(
  sum: bool, thread: i32, threads: i32, y: usize, x: usize, s: usize, C: i32, P: i32, N: i32, Np: i32,
): void {
  const end = share(C * P, thread + 1, threads)
  let row = share(C * P, thread, threads)
  while (row < end) {
    // the rows of one channel in one go
    const channel = row / P
    const count = min(end, (channel + 1) * P) - row
    const value = v128.load32_splat(s + (<usize>channel << 2))
    const start = <usize>(row * Np) << 2
    const stop = y + start + (<usize>(count * Np) << 2)
    for (let to = y + start, from = x + start; to < stop; to += VECTOR, from += VECTOR) {
      v128.store(to, sum ? f32x4.add(v128.load(from), value) : f32x4.mul(v128.load(from), value))
    }
    if (sum) clearRows(y + start, count, N, Np)
    row += count
  }
}

/** y = x · s[c, n]. y may be x. */
export function mulImage(thread: i32, threads: i32, y: usize, x: usize, s: usize, C: i32, P: i32, Np: i32): void {
  const rowBytes = <usize>Np << 2
  const end = share(C * P, thread + 1, threads)
  for (let row = share(C * P, thread, threads); row < end; row++) {
    const at = <usize>row * rowBytes, factor = s + <usize>(row / P) * rowBytes
    for (let i: usize = 0; i < rowBytes; i += VECTOR) {
      v128.store(y + at + i, f32x4.mul(v128.load(x + at + i), v128.load(factor + i)))
    }
  }
}

/** y = a · s[c, n], the same at all P places: the gradient of a mean or a sum over them. */
export function spreadImage(thread: i32, threads: i32, y: usize, s: usize, C: i32, P: i32, Np: i32, a: f32): void {
  const rowBytes = <usize>Np << 2
  const factor = f32x4.splat(a)
  const end = share(C * P, thread + 1, threads)
  for (let row = share(C * P, thread, threads); row < end; row++) {
    const to = y + <usize>row * rowBytes, from = s + <usize>(row / P) * rowBytes
    for (let i: usize = 0; i < rowBytes; i += VECTOR) v128.store(to + i, f32x4.mul(v128.load(from + i), factor))
  }
}
