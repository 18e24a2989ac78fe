import { fma } from '../simd'

/**
 * The two register tiles behind all dense convolutions. Both keep eight vector accumulators (more would spill: engines
 * have about 15 vector registers to give) and read packed operands, so that each step is a run of consecutive loads.
 *
 *   product: out[i][j] = Σₛ a[s][i] · b[s][j], i < 4, j < 8.   a: n steps of 4 floats, b: n steps of 8 floats.
 *   dot:     out[i][j] = Σₛ a[i][s] · b[j][s], i < 2, j < 4.   a: n/4 steps of 2 vectors, b: n/4 steps of 4 vectors.
 *
 * A dot needs no transposition when the sum runs over images: the four lanes of a vector are four terms of it.
 */

/** Product tile to 32 consecutive floats, row by row. */
export function productTile(a: usize, b: usize, n: i32, out: usize): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00
  const end = b + (<usize>n << 5)
  for (; b < end; b += 32) {
    const b0 = v128.load(b), b1 = v128.load(b, 16)
    const a0 = v128.load32_splat(a), a1 = v128.load32_splat(a, 4)
    s00 = fma(a0, b0, s00)
    s01 = fma(a0, b1, s01)
    s10 = fma(a1, b0, s10)
    s11 = fma(a1, b1, s11)
    const a2 = v128.load32_splat(a, 8), a3 = v128.load32_splat(a, 12)
    s20 = fma(a2, b0, s20)
    s21 = fma(a2, b1, s21)
    s30 = fma(a3, b0, s30)
    s31 = fma(a3, b1, s31)
    a += 16
  }
  v128.store(out, s00)
  v128.store(out, s01, 16)
  v128.store(out, s10, 32)
  v128.store(out, s11, 48)
  v128.store(out, s20, 64)
  v128.store(out, s21, 80)
  v128.store(out, s30, 96)
  v128.store(out, s31, 112)
}

/**
 * Product tile to the first `rows` of four rows that lie `stride` bytes apart; the left four columns go to `left`, the right
 * four to `right`. Where there is no right half, `right` = `left`: it is written first.
 */
export function productTileTo(
  a: usize, b: usize, n: i32, left: usize, right: usize, stride: usize, rows: i32,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00
  const end = b + (<usize>n << 5)
  for (; b < end; b += 32) {
    const b0 = v128.load(b), b1 = v128.load(b, 16)
    const a0 = v128.load32_splat(a), a1 = v128.load32_splat(a, 4)
    s00 = fma(a0, b0, s00)
    s01 = fma(a0, b1, s01)
    s10 = fma(a1, b0, s10)
    s11 = fma(a1, b1, s11)
    const a2 = v128.load32_splat(a, 8), a3 = v128.load32_splat(a, 12)
    s20 = fma(a2, b0, s20)
    s21 = fma(a2, b1, s21)
    s30 = fma(a3, b0, s30)
    s31 = fma(a3, b1, s31)
    a += 16
  }
  v128.store(right, s01)
  v128.store(left, s00)
  if (rows < 2) return
  left += stride
  right += stride
  v128.store(right, s11)
  v128.store(left, s10)
  if (rows < 3) return
  left += stride
  right += stride
  v128.store(right, s21)
  v128.store(left, s20)
  if (rows < 4) return
  v128.store(right + stride, s31)
  v128.store(left + stride, s30)
}

/** Four vectors in, one out: lane j is the sum of the lanes of the j-th. */
@inline
function sumEach(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  const pair01 = f32x4.add(v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), v128.shuffle<f32>(v0, v1, 2, 6, 3, 7))
  const pair23 = f32x4.add(v128.shuffle<f32>(v2, v3, 0, 4, 1, 5), v128.shuffle<f32>(v2, v3, 2, 6, 3, 7))
  return f32x4.add(v128.shuffle<f32>(pair01, pair23, 0, 1, 4, 5), v128.shuffle<f32>(pair01, pair23, 2, 3, 6, 7))
}

/** Dot tile of `steps` vectors to eight consecutive floats: added to what is there, or stored when `first`. */
export function dotTile(a: usize, b: usize, steps: i32, out: usize, first: bool): void {
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00, s13 = s00
  const end = a + (<usize>steps << 5)
  for (; a < end; a += 32) {
    const a0 = v128.load(a), a1 = v128.load(a, 16)
    const b0 = v128.load(b), b1 = v128.load(b, 16)
    s00 = fma(a0, b0, s00)
    s10 = fma(a1, b0, s10)
    s01 = fma(a0, b1, s01)
    s11 = fma(a1, b1, s11)
    const b2 = v128.load(b, 32), b3 = v128.load(b, 48)
    s02 = fma(a0, b2, s02)
    s12 = fma(a1, b2, s12)
    s03 = fma(a0, b3, s03)
    s13 = fma(a1, b3, s13)
    b += 64
  }
  let top = sumEach(s00, s01, s02, s03)
  let bottom = sumEach(s10, s11, s12, s13)
  if (!first) {
    top = f32x4.add(top, v128.load(out))
    bottom = f32x4.add(bottom, v128.load(out, 16))
  }
  v128.store(out, top)
  v128.store(out, bottom, 16)
}

/**
 * Product tiles of all `rows` panels of a with all `columns` panels of b. Tile (i, j) goes to out + i · outRow + j · outColumn
 * bytes. A panel of b stays in the first-level cache while those of a pass by.
 */
@inline
export function productTiles(
  a: usize, rows: i32, b: usize, bPanel: usize, columns: i32, n: i32, out: usize, outRow: usize, outColumn: usize,
): void {
  const aPanel = <usize>n << 4
  for (let j = 0; j < columns; j++, b += bPanel, out += outColumn) {
    for (let i = 0, panel = a, tile = out; i < rows; i++, panel += aPanel, tile += outRow) productTile(panel, b, n, tile)
  }
}

/** Dot tiles of all `rows` panels of a with all `columns` panels of b, row by row to consecutive places. */
@inline
export function dotTiles(a: usize, rows: i32, b: usize, columns: i32, steps: i32, out: usize, first: bool): void {
  const aPanel = <usize>steps << 5, bPanel = <usize>steps << 6
  for (let i = 0; i < rows; i++, a += aPanel) {
    for (let j = 0, panel = b; j < columns; j++, panel += bPanel, out += 32) dotTile(a, panel, steps, out, first)
  }
}
