import { scratch, share } from '../call'
import { fma, sumLanes, VECTOR, VECTOR_SHIFT } from '../simd'

/**
 * Weight gradient of a depthwise 3×3 convolution with stride 1 and padding 1: nine sums for each channel, of which an output adds
 * to all where it lies inside the plane, and to those under the plane at its border.
 * @param blocks blocks of images
 * @param lanes images of a block
 * @param width at least 2
 * @param expand output channels of an input channel
 */
export function depthwise3WeightGrad(
  thread: i32, threads: i32, x: usize, dy: usize, dw: usize, K: i32, blocks: i32, lanes: i32, height: i32, width: i32,
  expand: i32,
): void {
  const px = <usize>lanes << 2
  const row = px * <usize>width, plane = row * <usize>height
  const sums = scratch(thread)
  const end = share(K, thread + 1, threads)
  for (let k = share(K, thread, threads); k < end; k++) {
    for (let i: usize = 0; i < 9; i++) v128.store(sums + (i << VECTOR_SHIFT), f32x4.splat(0))
    let p = x + <usize>(k / expand * blocks) * plane
    let d = dy + <usize>(k * blocks) * plane
    for (let block = 0; block < blocks; block++) {
      for (let i = 0; i < height; i++, d += row, p += row) addRow(sums, d, p, i, height, width, row, px)
    }
    const to = dw + <usize>(k * 36)
    for (let i: usize = 0; i < 9; i++) store<f32>(to + (i << 2), sumLanes(v128.load(sums + (i << VECTOR_SHIFT))))
  }
}

/** Row `i` of the outputs, at `d`; `x`: the same row of the inputs. Kernel row r looks at input row i + r − 1. */
function addRow(sums: usize, d: usize, x: usize, i: i32, height: i32, width: i32, row: usize, px: usize): void {
  const last = <usize>(width - 1) * px, inner = last - px
  if (i > 0 && i < height - 1) {
    const top = x - row
    addSix(sums + VECTOR, d, top, row, px, px)
    if (inner > 0) addNine(sums, d + px, top, row, px, inner)
    addSix(sums, d + last, top + inner, row, px, px)
    return
  }
  for (let r = i > 0 ? 0 : 1, to = height - i > 1 ? 3 : 2; r < to; r++) {
    const s = sums + <usize>r * 3 * VECTOR, p = x + <usize>r * row - row
    addTwo(s + VECTOR, d, p, px, px)
    if (inner > 0) addThree(s, d + px, p, px, inner)
    addTwo(s, d + last, p + inner, px, px)
  }
}

// Each of these adds products of `bytes` bytes of dy with x at `p`, `p` + px, … of one or three rows to sums a vector apart. They are
// functions with nothing but their loop: inside other loops engines unroll it, and run out of registers.

function addNine(sums: usize, d: usize, p: usize, row: usize, px: usize, bytes: usize): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, VECTOR), s2 = v128.load(sums, 2 * VECTOR)
  let s3 = v128.load(sums, 3 * VECTOR), s4 = v128.load(sums, 4 * VECTOR), s5 = v128.load(sums, 5 * VECTOR)
  let s6 = v128.load(sums, 6 * VECTOR), s7 = v128.load(sums, 7 * VECTOR), s8 = v128.load(sums, 8 * VECTOR)
  let q = p + row, r = q + row
  for (const end = d + bytes; d < end; d += VECTOR) {
    const g = v128.load(d)
    s0 = fma(g, v128.load(p), s0)
    s1 = fma(g, v128.load(p + px), s1)
    s2 = fma(g, v128.load(p + 2 * px), s2)
    s3 = fma(g, v128.load(q), s3)
    s4 = fma(g, v128.load(q + px), s4)
    s5 = fma(g, v128.load(q + 2 * px), s5)
    s6 = fma(g, v128.load(r), s6)
    s7 = fma(g, v128.load(r + px), s7)
    s8 = fma(g, v128.load(r + 2 * px), s8)
    p += VECTOR
    q += VECTOR
    r += VECTOR
  }
  v128.store(sums, s0)
  v128.store(sums, s1, VECTOR)
  v128.store(sums, s2, 2 * VECTOR)
  v128.store(sums, s3, 3 * VECTOR)
  v128.store(sums, s4, 4 * VECTOR)
  v128.store(sums, s5, 5 * VECTOR)
  v128.store(sums, s6, 6 * VECTOR)
  v128.store(sums, s7, 7 * VECTOR)
  v128.store(sums, s8, 8 * VECTOR)
}

/** Two of the three columns: the sums of a kernel row are three apart. */
function addSix(sums: usize, d: usize, p: usize, row: usize, px: usize, bytes: usize): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, VECTOR), s2 = v128.load(sums, 3 * VECTOR)
  let s3 = v128.load(sums, 4 * VECTOR), s4 = v128.load(sums, 6 * VECTOR), s5 = v128.load(sums, 7 * VECTOR)
  let q = p + row, r = q + row
  for (const end = d + bytes; d < end; d += VECTOR) {
    const g = v128.load(d)
    s0 = fma(g, v128.load(p), s0)
    s1 = fma(g, v128.load(p + px), s1)
    s2 = fma(g, v128.load(q), s2)
    s3 = fma(g, v128.load(q + px), s3)
    s4 = fma(g, v128.load(r), s4)
    s5 = fma(g, v128.load(r + px), s5)
    p += VECTOR
    q += VECTOR
    r += VECTOR
  }
  v128.store(sums, s0)
  v128.store(sums, s1, VECTOR)
  v128.store(sums, s2, 3 * VECTOR)
  v128.store(sums, s3, 4 * VECTOR)
  v128.store(sums, s4, 6 * VECTOR)
  v128.store(sums, s5, 7 * VECTOR)
}

function addThree(sums: usize, d: usize, p: usize, px: usize, bytes: usize): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, VECTOR), s2 = v128.load(sums, 2 * VECTOR)
  for (const end = d + bytes; d < end; d += VECTOR, p += VECTOR) {
    const g = v128.load(d)
    s0 = fma(g, v128.load(p), s0)
    s1 = fma(g, v128.load(p + px), s1)
    s2 = fma(g, v128.load(p + 2 * px), s2)
  }
  v128.store(sums, s0)
  v128.store(sums, s1, VECTOR)
  v128.store(sums, s2, 2 * VECTOR)
}

function addTwo(sums: usize, d: usize, p: usize, px: usize, bytes: usize): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, VECTOR)
  for (const end = d + bytes; d < end; d += VECTOR, p += VECTOR) {
    const g = v128.load(d)
    s0 = fma(g, v128.load(p), s0)
    s1 = fma(g, v128.load(p + px), s1)
  }
  v128.store(sums, s0)
  v128.store(sums, s1, VECTOR)
}
