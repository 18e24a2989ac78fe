import { fma, VECTOR, VECTOR_SHIFT } from '../simd'
import { addLanes, dotBytes } from './dotLanes128'

export { dotBytes, dotOffset } from './dotLanes128'

/**
 * The two register tiles behind all dense convolutions. Both keep up to twelve vector accumulators (engines have about 15
 * vector registers to give; fewer than ten leave the multiply-add units waiting for results) and read packed operands, so that
 * each step is a run of consecutive loads.
 *
 *   product: out[i][j] = Σₛ a[s][i] · b[s][j], i < 4, 5 or 6, j < two vectors.   a: n steps of 4, 5 or 6 floats, b: n steps of
 *            two vectors, `bStep` bytes from one to the next.
 *   dot:     out[i][j] = Σₛ a[i][s] · b[j][s], i < 2, j < 4, 5 or 6.   a: steps of 2 vectors, b: steps of 4, 5 or 6 vectors.
 *
 * Each is a function with nothing but its loop: inside other loops engines unroll it, and run out of registers.
 *
 * A dot needs no transposition when the sum runs over images: the lanes of a vector are terms of it.
 */

/** Rows of a product, as many as there is room for: they are dealt out in panels of 4, 5 and 6, which 1, 2, 3 and 7 do not allow. */
@inline
export function paddedRows(rows: i32): i32 {
  return rows < 4 ? 4 : rows == 7 ? 8 : rows
}

/** Number of panels of `rows` padded rows. */
@inline
export function panelCount(rows: i32): i32 {
  return (rows + 5) / 6
}

/** First row of panel `i` of `rows` padded rows; it ends where the next one starts. The smaller ones come first. */
@inline
export function panelStart(rows: i32, i: i32): i32 {
  const panels = panelCount(rows), small = rows / panels
  return i * small + max(0, i - (panels - (rows - small * panels)))
}

/**
 * Product tile of `rows` rows that lie `stride` bytes apart; the left vector goes to `left`, the right one to `right`. Where
 * there is no right one, `right` = `left`: it is written first. A tile of four rows stores only the first `wanted`.
 */
@inline
function tile(rows: i32, a: usize, b: usize, bStep: usize, n: i32, left: usize, right: usize, stride: usize, wanted: i32): void {
  const zero = f32x4.splat(0)
  let s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero
  let s30 = zero, s31 = zero, s40 = zero, s41 = zero, s50 = zero, s51 = zero
  const end = b + <usize>n * bStep
  for (; b < end; b += bStep) {
    const b0 = v128.load(b), b1 = v128.load(b, VECTOR)
    const a0 = v128.load32_splat(a)
    s00 = fma(a0, b0, s00)
    s01 = fma(a0, b1, s01)
    const a1 = v128.load32_splat(a, 4)
    s10 = fma(a1, b0, s10)
    s11 = fma(a1, b1, s11)
    const a2 = v128.load32_splat(a, 8)
    s20 = fma(a2, b0, s20)
    s21 = fma(a2, b1, s21)
    const a3 = v128.load32_splat(a, 12)
    s30 = fma(a3, b0, s30)
    s31 = fma(a3, b1, s31)
    if (rows > 4) {
      const a4 = v128.load32_splat(a, 16)
      s40 = fma(a4, b0, s40)
      s41 = fma(a4, b1, s41)
    }
    if (rows > 5) {
      const a5 = v128.load32_splat(a, 20)
      s50 = fma(a5, b0, s50)
      s51 = fma(a5, b1, s51)
    }
    a += <usize>rows << 2
  }
  v128.store(right, s01)
  v128.store(left, s00)
  if (rows == 4 && wanted < 2) return
  v128.store(right + stride, s11)
  v128.store(left + stride, s10)
  if (rows == 4 && wanted < 3) return
  v128.store(right + 2 * stride, s21)
  v128.store(left + 2 * stride, s20)
  if (rows == 4 && wanted < 4) return
  v128.store(right + 3 * stride, s31)
  v128.store(left + 3 * stride, s30)
  if (rows > 4) {
    v128.store(right + 4 * stride, s41)
    v128.store(left + 4 * stride, s40)
  }
  if (rows > 5) {
    v128.store(right + 5 * stride, s51)
    v128.store(left + 5 * stride, s50)
  }
}

function tile4(a: usize, b: usize, bStep: usize, n: i32, left: usize, right: usize, stride: usize, wanted: i32): void {
  tile(4, a, b, bStep, n, left, right, stride, wanted)
}

function tile5(a: usize, b: usize, bStep: usize, n: i32, left: usize, right: usize, stride: usize): void {
  tile(5, a, b, bStep, n, left, right, stride, 5)
}

function tile6(a: usize, b: usize, bStep: usize, n: i32, left: usize, right: usize, stride: usize): void {
  tile(6, a, b, bStep, n, left, right, stride, 6)
}

/** The product tile of a panel of `rows` rows, 4 to 6, of which `wanted` are to be stored; see `tile`. */
@inline
export function productTile(
  rows: i32, a: usize, b: usize, bStep: usize, n: i32, left: usize, right: usize, stride: usize, wanted: i32,
): void {
  if (rows == 6) tile6(a, b, bStep, n, left, right, stride)
  else if (rows == 5) tile5(a, b, bStep, n, left, right, stride)
  else tile4(a, b, bStep, n, left, right, stride, wanted)
}

/**
 * The accumulators of a dot tile of `steps` vectors, to `sums`, in the order in which the loop adds to them: engines schedule the
 * loop by it.
 */
@inline
function dot(columns: i32, a: usize, b: usize, steps: i32, sums: usize): void {
  const zero = f32x4.splat(0)
  let s00 = zero, s01 = zero, s02 = zero, s03 = zero, s04 = zero, s05 = zero
  let s10 = zero, s11 = zero, s12 = zero, s13 = zero, s14 = zero, s15 = zero
  const end = a + (<usize>steps << (VECTOR_SHIFT + 1))
  for (; a < end; a += 2 * VECTOR) {
    const a0 = v128.load(a), a1 = v128.load(a, VECTOR)
    const b0 = v128.load(b)
    s00 = fma(a0, b0, s00)
    s10 = fma(a1, b0, s10)
    const b1 = v128.load(b, VECTOR)
    s01 = fma(a0, b1, s01)
    s11 = fma(a1, b1, s11)
    const b2 = v128.load(b, 2 * VECTOR)
    s02 = fma(a0, b2, s02)
    s12 = fma(a1, b2, s12)
    const b3 = v128.load(b, 3 * VECTOR)
    s03 = fma(a0, b3, s03)
    s13 = fma(a1, b3, s13)
    if (columns > 4) {
      const b4 = v128.load(b, 4 * VECTOR)
      s04 = fma(a0, b4, s04)
      s14 = fma(a1, b4, s14)
    }
    if (columns > 5) {
      const b5 = v128.load(b, 5 * VECTOR)
      s05 = fma(a0, b5, s05)
      s15 = fma(a1, b5, s15)
    }
    b += <usize>columns << VECTOR_SHIFT
  }
  v128.store(sums, s00)
  v128.store(sums, s10, VECTOR)
  v128.store(sums, s01, 2 * VECTOR)
  v128.store(sums, s11, 3 * VECTOR)
  v128.store(sums, s02, 4 * VECTOR)
  v128.store(sums, s12, 5 * VECTOR)
  v128.store(sums, s03, 6 * VECTOR)
  v128.store(sums, s13, 7 * VECTOR)
  if (columns > 4) {
    v128.store(sums, s04, 8 * VECTOR)
    v128.store(sums, s14, 9 * VECTOR)
  }
  if (columns > 5) {
    v128.store(sums, s05, 10 * VECTOR)
    v128.store(sums, s15, 11 * VECTOR)
  }
}

/** Bytes of the accumulators of a dot tile. */
export const sumsBytes: usize = 12 * VECTOR

function dot4(a: usize, b: usize, steps: i32, sums: usize): void {
  dot(4, a, b, steps, sums)
}

function dot5(a: usize, b: usize, steps: i32, sums: usize): void {
  dot(5, a, b, steps, sums)
}

function dot6(a: usize, b: usize, steps: i32, sums: usize): void {
  dot(6, a, b, steps, sums)
}

/**
 * Product tiles of all panels of `rows` padded rows of a with all `columns` panels of b. Element (i, j) of the product with
 * panel p goes to out + p · outPanel + i · outRow + 4 j bytes. A panel of b stays in the first-level cache while those of a pass by.
 */
export function productTiles(
  a: usize, rows: i32, b: usize, bStep: usize, bPanel: usize, columns: i32, n: i32, out: usize, outRow: usize,
  outPanel: usize,
): void {
  // Panels come in two sizes, the smaller ones first.
  const panels = panelCount(rows), small = rows / panels, large = rows - small * panels
  const smallEnd = a + (<usize>((panels - large) * small * n) << 2), end = a + (<usize>(rows * n) << 2)
  const smallStep = <usize>(small * n) << 2, smallOut = <usize>small * outRow
  const largeStep = smallStep + (<usize>n << 2), largeOut = smallOut + outRow
  for (let j = 0; j < columns; j++, b += bPanel, out += outPanel) {
    let from = a, to = out
    for (; from < smallEnd; from += smallStep, to += smallOut) {
      productTile(small, from, b, bStep, n, to, to + VECTOR, outRow, 4)
    }
    for (; from < end; from += largeStep, to += largeOut) {
      productTile(small + 1, from, b, bStep, n, to, to + VECTOR, outRow, 4)
    }
  }
}

/** The dot tile of a panel of `columns` columns, 4 to 6. Two callers each keep the functions from being inlined. */
@inline
function dotTile(columns: i32, a: usize, b: usize, steps: i32, sums: usize, out: usize, first: bool): void {
  if (columns == 6) {
    dot6(a, b, steps, sums)
    addLanes(6, sums, out, first)
  } else if (columns == 5) {
    dot5(a, b, steps, sums)
    addLanes(5, sums, out, first)
  } else {
    dot4(a, b, steps, sums)
    addLanes(4, sums, out, first)
  }
}

/**
 * Dot tiles of all `rows` panels of a with all panels of `columns` padded columns of b, row by row to consecutive places.
 * @param sums room for the accumulators, `sumsBytes`
 */
export function dotTiles(
  a: usize, rows: i32, b: usize, columns: i32, steps: i32, sums: usize, out: usize, first: bool,
): void {
  const panels = panelCount(columns), small = columns / panels, large = columns - small * panels
  const aPanel = <usize>steps << (VECTOR_SHIFT + 1)
  const smallStep = <usize>(small * steps) << VECTOR_SHIFT, largeStep = smallStep + (<usize>steps << VECTOR_SHIFT)
  for (let i = 0; i < rows; i++, a += aPanel) {
    let from = b
    for (let j = large; j < panels; j++, from += smallStep, out += dotBytes) {
      dotTile(small, a, from, steps, sums, out, first)
    }
    for (let j = 0; j < large; j++, from += largeStep, out += dotBytes) {
      dotTile(small + 1, a, from, steps, sums, out, first)
    }
  }
}
