/** The two limits that every kernel has: how fast this machine multiplies and adds, and how fast it moves memory. */
import { flatShare } from './flat'
import { constant, fma, VECTOR } from './simd'

const factor: usize = memory.data<f32>([0.999])

/**
 * 12 independent chains of fused multiply-adds, enough to keep the units busy and few enough for the registers; 24 floating-point
 * operations per lane, round and thread. y: 64 bytes a thread.
 */
export function limitFma(thread: i32, threads: i32, y: usize, rounds: i32): void {
  y += <usize>thread << 6
  const a = constant(factor), b = v128.load(y)
  let s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b, s8 = b, s9 = b, s10 = b, s11 = b
  for (let i = rounds; i > 0; i--) {
    s0 = fma(s0, a, b)
    s1 = fma(s1, a, b)
    s2 = fma(s2, a, b)
    s3 = fma(s3, a, b)
    s4 = fma(s4, a, b)
    s5 = fma(s5, a, b)
    s6 = fma(s6, a, b)
    s7 = fma(s7, a, b)
    s8 = fma(s8, a, b)
    s9 = fma(s9, a, b)
    s10 = fma(s10, a, b)
    s11 = fma(s11, a, b)
  }
  const low = f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), f32x4.add(s4, s5))
  v128.store(y, f32x4.add(low, f32x4.add(f32x4.add(f32x4.add(s6, s7), f32x4.add(s8, s9)), f32x4.add(s10, s11))))
}

/** y = a + 0.5 · b, McCalpin's triad: 12 bytes a value. n: number of floats, a multiple of 32. */
export function limitTriad(thread: i32, threads: i32, y: usize, a: usize, b: usize, n: i32): void {
  const end = y + (<usize>flatShare(n, thread + 1, threads) << 2)
  const from = <usize>flatShare(n, thread, threads) << 2
  const half = f32x4.splat(0.5)
  y += from
  a += from
  b += from
  for (; y + 4 * VECTOR <= end; y += 4 * VECTOR, a += 4 * VECTOR, b += 4 * VECTOR) {
    v128.store(y, fma(v128.load(b), half, v128.load(a)))
    v128.store(y, fma(v128.load(b, VECTOR), half, v128.load(a, VECTOR)), VECTOR)
    v128.store(y, fma(v128.load(b, 2 * VECTOR), half, v128.load(a, 2 * VECTOR)), 2 * VECTOR)
    v128.store(y, fma(v128.load(b, 3 * VECTOR), half, v128.load(a, 3 * VECTOR)), 3 * VECTOR)
  }
}
