/**
 * Activations (C, P, Np) with one value for each channel, s (C), or for each channel and image, s (C, Np).
 * Rows are the C · P runs of Np floats.
 */
import { float, int, ptr, share } from './call'
import { clearRows } from './flat'
import { fma, VECTOR } from './simd'

/** y = x + s[c], zero in the padded lanes. Arguments: y, x, s, C, P, N, Np. y may be x. */
export function addChannel(thread: i32, threads: i32): void {
  perChannel(true, thread, threads)
}

/** y = x · s[c]. Arguments: y, x, s, C, P, N, Np. y may be x. */
export function mulChannel(thread: i32, threads: i32): void {
  perChannel(false, thread, threads)
}

@inline
function perChannel(sum: bool, thread: i32, threads: i32): void {
  const P = int(4)
  const N = int(5)
  const Np = int(6)
  const rows = int(3) * P
  const end = share(rows, thread + 1, threads)
  let row = share(rows, thread, threads)
  while (row < end) {
    // the rows of one channel in one go
    const channel = row / P
    const count = min(end, (channel + 1) * P) - row
    const s = v128.load32_splat(ptr(2) + (<usize>channel << 2))
    const start = <usize>(row * Np) << 2
    let x = ptr(1) + start
    const stop = ptr(0) + start + (<usize>(count * Np) << 2)
    for (let y = ptr(0) + start; y < stop; y += VECTOR, x += VECTOR) {
      v128.store(y, sum ? f32x4.add(v128.load(x), s) : f32x4.mul(v128.load(x), s))
    }
    if (sum) clearRows(ptr(0) + start, count, N, Np)
    row += count
  }
}

/** y (+)= x · s[c, n]. Arguments: y, x, s, C, P, Np, accumulate. y may be x. */
export function mulImage(thread: i32, threads: i32): void {
  const P = int(4)
  const rowBytes = <usize>int(5) << 2
  const accumulate = int(6) != 0
  const rows = int(3) * P
  const end = share(rows, thread + 1, threads)
  for (let row = share(rows, thread, threads); row < end; row++) {
    const y = ptr(0) + <usize>row * rowBytes
    const x = ptr(1) + <usize>row * rowBytes
    const s = ptr(2) + <usize>(row / P) * rowBytes
    if (accumulate) {
      for (let i: usize = 0; i < rowBytes; i += VECTOR) {
        v128.store(y + i, fma(v128.load(x + i), v128.load(s + i), v128.load(y + i)))
      }
    } else {
      for (let i: usize = 0; i < rowBytes; i += VECTOR) v128.store(y + i, f32x4.mul(v128.load(x + i), v128.load(s + i)))
    }
  }
}

/**
 * y (+)= a · s[c, n], the same at all P places: the gradient of a mean or a sum over them.
 * Arguments: y, s, C, P, Np, accumulate; a.
 */
export function spreadImage(thread: i32, threads: i32): void {
  const P = int(3)
  const rowBytes = <usize>int(4) << 2
  const accumulate = int(5) != 0
  const a = f32x4.splat(float(0))
  const rows = int(2) * P
  const end = share(rows, thread + 1, threads)
  for (let row = share(rows, thread, threads); row < end; row++) {
    const y = ptr(0) + <usize>row * rowBytes
    const s = ptr(1) + <usize>(row / P) * rowBytes
    if (accumulate) {
      for (let i: usize = 0; i < rowBytes; i += VECTOR) v128.store(y + i, fma(v128.load(s + i), a, v128.load(y + i)))
    } else {
      for (let i: usize = 0; i < rowBytes; i += VECTOR) v128.store(y + i, f32x4.mul(v128.load(s + i), a))
    }
  }
}
