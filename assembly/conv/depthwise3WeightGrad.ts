import { int, ptr, scratch, share } from '../call'
import { fma, sumLanes } from '../simd'

/**
 * Weight gradient of a depthwise 3×3 convolution with stride 1 and padding 1: nine sums for each channel, of which an output adds
 * to all where it lies inside the plane, and to those under the plane at its border.
 * Arguments: x, dy, dw, K, blocks of images, lanes of a block, height, width (at least 2), output channels of an input channel.
 */
export function depthwise3WeightGrad(thread: i32, threads: i32): void {
  const K = int(3), blocks = int(4), px = <usize>int(5) << 2, height = int(6), width = int(7), expand = int(8)
  const row = px * <usize>width, plane = row * <usize>height
  const sums = scratch(thread)
  const end = share(K, thread + 1, threads)
  for (let k = share(K, thread, threads); k < end; k++) {
    for (let i: usize = 0; i < 9; i++) v128.store(sums + (i << 4), f32x4.splat(0))
    let x = ptr(0) + <usize>(k / expand * blocks) * plane
    let d = ptr(1) + <usize>(k * blocks) * plane
    for (let block = 0; block < blocks; block++) {
      for (let i = 0; i < height; i++, d += row, x += row) addRow(sums, d, x, i, height, width, row, px)
    }
    const dw = ptr(2) + <usize>(k * 36)
    for (let i: usize = 0; i < 9; i++) store<f32>(dw + (i << 2), sumLanes(v128.load(sums + (i << 4))))
  }
}

/** Row `i` of the outputs, at `d`; `x`: the same row of the inputs. Kernel row r looks at input row i + r − 1. */
function addRow(sums: usize, d: usize, x: usize, i: i32, height: i32, width: i32, row: usize, px: usize): void {
  const last = <usize>(width - 1) * px, inner = last - px
  if (i > 0 && i < height - 1) {
    const top = x - row
    addSix(sums + 16, d, top, row, px, px)
    if (inner > 0) addNine(sums, d + px, top, row, px, inner)
    addSix(sums, d + last, top + inner, row, px, px)
    return
  }
  for (let r = i > 0 ? 0 : 1, to = height - i > 1 ? 3 : 2; r < to; r++) {
    const s = sums + <usize>(48 * r), p = x + <usize>r * row - row
    addTwo(s + 16, d, p, px, px)
    if (inner > 0) addThree(s, d + px, p, px, inner)
    addTwo(s, d + last, p + inner, px, px)
  }
}

// Each of these adds products of `bytes` bytes of dy with x at `p`, `p` + px, … of one or three rows to sums 16 bytes apart. They are
// functions with nothing but their loop: inside other loops engines unroll it, and run out of registers.

function addNine(sums: usize, d: usize, p: usize, row: usize, px: usize, bytes: usize): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, 16), s2 = v128.load(sums, 32)
  let s3 = v128.load(sums, 48), s4 = v128.load(sums, 64), s5 = v128.load(sums, 80)
  let s6 = v128.load(sums, 96), s7 = v128.load(sums, 112), s8 = v128.load(sums, 128)
  let q = p + row, r = q + row
  for (const end = d + bytes; d < end; d += 16) {
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
    p += 16
    q += 16
    r += 16
  }
  v128.store(sums, s0)
  v128.store(sums, s1, 16)
  v128.store(sums, s2, 32)
  v128.store(sums, s3, 48)
  v128.store(sums, s4, 64)
  v128.store(sums, s5, 80)
  v128.store(sums, s6, 96)
  v128.store(sums, s7, 112)
  v128.store(sums, s8, 128)
}

/** Two of the three columns: the sums of a kernel row are three apart. */
function addSix(sums: usize, d: usize, p: usize, row: usize, px: usize, bytes: usize): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, 16), s2 = v128.load(sums, 48)
  let s3 = v128.load(sums, 64), s4 = v128.load(sums, 96), s5 = v128.load(sums, 112)
  let q = p + row, r = q + row
  for (const end = d + bytes; d < end; d += 16) {
    const g = v128.load(d)
    s0 = fma(g, v128.load(p), s0)
    s1 = fma(g, v128.load(p + px), s1)
    s2 = fma(g, v128.load(q), s2)
    s3 = fma(g, v128.load(q + px), s3)
    s4 = fma(g, v128.load(r), s4)
    s5 = fma(g, v128.load(r + px), s5)
    p += 16
    q += 16
    r += 16
  }
  v128.store(sums, s0)
  v128.store(sums, s1, 16)
  v128.store(sums, s2, 48)
  v128.store(sums, s3, 64)
  v128.store(sums, s4, 96)
  v128.store(sums, s5, 112)
}

function addThree(sums: usize, d: usize, p: usize, px: usize, bytes: usize): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, 16), s2 = v128.load(sums, 32)
  for (const end = d + bytes; d < end; d += 16, p += 16) {
    const g = v128.load(d)
    s0 = fma(g, v128.load(p), s0)
    s1 = fma(g, v128.load(p + px), s1)
    s2 = fma(g, v128.load(p + 2 * px), s2)
  }
  v128.store(sums, s0)
  v128.store(sums, s1, 16)
  v128.store(sums, s2, 32)
}

function addTwo(sums: usize, d: usize, p: usize, px: usize, bytes: usize): void {
  let s0 = v128.load(sums), s1 = v128.load(sums, 16)
  for (const end = d + bytes; d < end; d += 16, p += 16) {
    const g = v128.load(d)
    s0 = fma(g, v128.load(p), s0)
    s1 = fma(g, v128.load(p + px), s1)
  }
  v128.store(sums, s0)
  v128.store(sums, s1, 16)
}
