/** Products of many matrices, row-major. One pair of matrices is a 1×1 convolution instead; see `conv/gemm.ts`. */
import { share } from './call'
import { fma, LANES, storePart, VECTOR } from './simd'

/** y (batches, M, N) = a (batches, M, K) · b (batches, K, N). Threads share the groups of four rows. */
export function matmulRows(
  thread: i32, threads: i32, y: usize, a: usize, b: usize, batches: i32, M: i32, K: i32, N: i32,
): void {
  const groups = (M + 3) / 4
  const end = share(batches * groups, thread + 1, threads)
  for (let i = share(batches * groups, thread, threads); i < end; i++) {
    const batch = i / groups
    const row = (i % groups) * 4
    const first = <usize>(batch * M)
    // A group that ends beyond the matrix computes its last row more than once.
    const row1 = min(row + 1, M - 1), row2 = min(row + 2, M - 1), row3 = min(row + 3, M - 1)
    fourRows(
      y + ((first + row) * N << 2), y + ((first + row1) * N << 2), y + ((first + row2) * N << 2), y + ((first + row3) * N << 2),
      a + ((first + row) * K << 2), a + ((first + row1) * K << 2), a + ((first + row2) * K << 2), a + ((first + row3) * K << 2),
      b + (<usize>(batch * K) * N << 2), K, N,
    )
  }
}

/** Four rows of y from four rows of a, two vectors of columns at a time, then one. */
function fourRows(
  y0: usize, y1: usize, y2: usize, y3: usize, a0: usize, a1: usize, a2: usize, a3: usize, b: usize, K: i32, N: i32,
): void {
  const step = <usize>N << 2
  const end = <usize>K << 2
  let n = 0
  for (; n + 2 * LANES <= N; n += 2 * LANES) {
    let p0 = f32x4.splat(0), p1 = f32x4.splat(0), p2 = f32x4.splat(0), p3 = f32x4.splat(0)
    let q0 = f32x4.splat(0), q1 = f32x4.splat(0), q2 = f32x4.splat(0), q3 = f32x4.splat(0)
    const column = <usize>n << 2
    let at = b + column
    for (let k: usize = 0; k < end; k += 4, at += step) {
      const left = v128.load(at)
      const right = v128.load(at, VECTOR)
      const v0 = v128.load32_splat(a0 + k), v1 = v128.load32_splat(a1 + k)
      const v2 = v128.load32_splat(a2 + k), v3 = v128.load32_splat(a3 + k)
      p0 = fma(v0, left, p0)
      q0 = fma(v0, right, q0)
      p1 = fma(v1, left, p1)
      q1 = fma(v1, right, q1)
      p2 = fma(v2, left, p2)
      q2 = fma(v2, right, q2)
      p3 = fma(v3, left, p3)
      q3 = fma(v3, right, q3)
    }
    v128.store(y0 + column, p0)
    v128.store(y0 + column, q0, VECTOR)
    v128.store(y1 + column, p1)
    v128.store(y1 + column, q1, VECTOR)
    v128.store(y2 + column, p2)
    v128.store(y2 + column, q2, VECTOR)
    v128.store(y3 + column, p3)
    v128.store(y3 + column, q3, VECTOR)
  }
  for (; n < N; n += LANES) {
    let p0 = f32x4.splat(0), p1 = f32x4.splat(0), p2 = f32x4.splat(0), p3 = f32x4.splat(0)
    const column = <usize>n << 2
    let at = b + column
    for (let k: usize = 0; k < end; k += 4, at += step) {
      const v = v128.load(at)
      p0 = fma(v128.load32_splat(a0 + k), v, p0)
      p1 = fma(v128.load32_splat(a1 + k), v, p1)
      p2 = fma(v128.load32_splat(a2 + k), v, p2)
      p3 = fma(v128.load32_splat(a3 + k), v, p3)
    }
    const count = min(LANES, N - n)
    storePart(y0 + column, p0, count)
    storePart(y1 + column, p1, count)
    storePart(y2 + column, p2, count)
    storePart(y3 + column, p3, count)
  }
}
