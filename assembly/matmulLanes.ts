/**
 * Products of matrices that a batch has one of for each image: y[m, n] = Σ a[m, k] · b[k, n], where every element is a
 * row of Np images, so that a vector of images is multiplied at a time. Threads share the rows of all products.
 */
import { share } from './call'
import { fma, VECTOR } from './simd'

/** Rows and columns of y that are summed up together: eight sums, and six vectors to load for eight products. */
const ROWS: i32 = 4
const COLUMNS: i32 = 2

/** One element of y, for a vector of images. */
@inline
function single(y: usize, a: usize, b: usize, K: i32, aK: usize, bK: usize): void {
  let sum = f32x4.splat(0)
  for (let k = 0; k < K; k++, a += aK, b += bK) sum = fma(v128.load(a), v128.load(b), sum)
  v128.store(y, sum)
}

/** ROWS × COLUMNS elements of y, for a vector of images. */
@inline
function tile(y: usize, a: usize, b: usize, K: i32, aM: usize, aK: usize, bK: usize, bN: usize, yM: usize, yN: usize): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00
  for (let k = 0; k < K; k++, a += aK, b += bK) {
    const b0 = v128.load(b), b1 = v128.load(b + bN)
    const a0 = v128.load(a), a1 = v128.load(a + aM)
    s00 = fma(a0, b0, s00)
    s01 = fma(a0, b1, s01)
    s10 = fma(a1, b0, s10)
    s11 = fma(a1, b1, s11)
    const a2 = v128.load(a + 2 * aM), a3 = v128.load(a + 3 * aM)
    s20 = fma(a2, b0, s20)
    s21 = fma(a2, b1, s21)
    s30 = fma(a3, b0, s30)
    s31 = fma(a3, b1, s31)
  }
  v128.store(y, s00)
  v128.store(y + yN, s01)
  v128.store(y + yM, s10)
  v128.store(y + yM + yN, s11)
  v128.store(y + 2 * yM, s20)
  v128.store(y + 2 * yM + yN, s21)
  v128.store(y + 3 * yM, s30)
  v128.store(y + 3 * yM + yN, s31)
}

/**
 * `items` products; an item of y starts yItem bytes behind the one before, its elements are yM and yN bytes apart along
 * m and n, and so on.
 */
export function matmulLanes(
  thread: i32, threads: i32, y: usize, a: usize, b: usize, items: i32, M: i32, N: i32, K: i32, Np: i32, aItem: usize,
  aM: usize, aK: usize, bItem: usize, bK: usize, bN: usize, yItem: usize, yM: usize, yN: usize,
): void {
  const strips = (M + ROWS - 1) / ROWS
  const bytes = <usize>Np << 2
  const end = share(items * strips, thread + 1, threads)
  for (let i = share(items * strips, thread, threads); i < end; i++) {
    const item = <usize>(i / strips), first = (i % strips) * ROWS
    const rows = min(ROWS, M - first)
    const aRows = a + item * aItem + <usize>first * aM, yRows = y + item * yItem + <usize>first * yM
    for (let lane: usize = 0; lane < bytes; lane += VECTOR) {
      let n = 0
      if (rows == ROWS) {
        for (; n + COLUMNS <= N; n += COLUMNS) {
          const column = <usize>n
          tile(yRows + column * yN + lane, aRows + lane, b + item * bItem + column * bN + lane, K, aM, aK, bK, bN, yM, yN)
        }
      }
      for (; n < N; n++) {
        const column = b + item * bItem + <usize>n * bN + lane
        for (let m: usize = 0; m < <usize>rows; m++) {
          single(yRows + m * yM + <usize>n * yN + lane, aRows + m * aM + lane, column, K, aK, bK)
        }
      }
    }
  }
}
