import { claim, claimSize, scratch } from '../call'
import { fma, LANES, VECTOR } from '../simd'
import { finishRun, selectChannel, setEpilogue } from './epilogue'

/**
 * Depthwise convolution and its input gradient: each target pixel is a sum of source pixels times weights,
 * t[i] = Σ w · s[i + offset], with the terms in a small table and the sums of up to twelve vectors in registers. With stride 1, the inner
 * pixels of a row have the same offsets, so that a whole row is one run; border pixels are runs of their own.
 *
 * Source position of tap r for target position h: (h · factor + offset + r · step) / divisor, where that is whole and inside.
 * Source channels of target channel k: k / expand · fold … + fold − 1, each with its own kernel, number k · fold …
 *
 * @param channels channels of the target
 * @param lanes images of a block
 * @param height height of the target; width likewise
 * @param rowFactor factor for rows; offset, step and divisor likewise, and again for columns
 * @param blocks blocks of images
 */
export function depthwise(
  thread: i32, threads: i32, source: usize, w: usize, target: usize, channels: i32, lanes: i32, sourceHeight: i32,
  sourceWidth: i32, height: i32, width: i32, kernelHeight: i32, kernelWidth: i32, fold: i32, expand: i32, rowFactor: i32,
  rowOffset: i32, rowStep: i32, rowDivisor: i32, columnFactor: i32, columnOffset: i32, columnStep: i32, columnDivisor: i32,
  blocks: i32, finishes: bool, scales: usize, shifts: usize, residual: usize, relu: bool, pixelVectors: i32,
  paddedLanes: i32,
): void {
  const px = <usize>lanes << 2
  const sourcePlane = px * <usize>sourceHeight * <usize>sourceWidth
  const kernelBytes = <usize>(kernelHeight * kernelWidth) << 2
  // Columns from `left` to `right` see every tap.
  const one = columnOffset, other = columnOffset + (kernelWidth - 1) * columnStep
  const left = min(width, max(0, ceilOf(-min(one, other), columnFactor)))
  const right = max(left, min(width, ceilOf(sourceWidth * columnDivisor - max(one, other), columnFactor)))
  // One of `columnDivisor` columns sees the same taps as a column does, with its sources `columnFactor` columns on.
  const sourceStep = <usize>columnFactor * px, targetStep = <usize>columnDivisor * px
  const together = columnFactor == 1 && columnDivisor == 1
  const rows = scratch(thread), columns = rows + (<usize>kernelHeight << 2)
  const table = columns + (<usize>kernelWidth << 2)
  const targetPlane = px * <usize>(width * height)
  if (finishes) setEpilogue(target, scales, shifts, residual, relu, pixelVectors, paddedLanes)
  const items = channels * height, size = claimSize(items, threads)
  for (let item = claim(size), end = item + size; item < items; item++) {
    if (item == end) {
      item = claim(size)
      end = item + size
      if (item >= items) break
    }
    const channel = item / height, h = item - channel * height
    const x = source + <usize>(channel / expand * fold * blocks) * sourcePlane
    const kernels = w + <usize>(channel * fold) * kernelBytes
    const y = target + <usize>(channel * blocks) * targetPlane
    const to = y + <usize>(h * width) * px
    sources(rows, h, kernelHeight, sourceHeight, rowFactor, rowOffset, rowStep, rowDivisor)
    for (let j = 0; j < width; ) {
      // A border pixel alone; within, all columns of a residue class, and then those of the next.
      const inner = j >= left && j < right
      const run = inner ? (right - j + columnDivisor - 1) / columnDivisor : 1
      const entry = writeTable(
        table, rows, columns, kernels, j, kernelHeight, kernelWidth, sourceWidth, fold, px, sourcePlane * <usize>blocks,
        columnFactor, columnOffset, columnStep, columnDivisor,
      )
      let t = to + <usize>j * px
      for (let block = 0, s = x; block < blocks; block++, s += sourcePlane, t += targetPlane) {
        if (together) weightedSum(s, table, entry, t, <usize>run * px)
        else weightedSums(s, table, entry, t, run, px, sourceStep, targetStep)
      }
      j = inner && j - left == columnDivisor - 1 ? right : j + 1
    }
    if (!finishes) continue
    selectChannel(channel)
    let from = <usize>(h * width) * px
    for (let block = 0; block < blocks; block++, from += targetPlane) finishRun(y, from, from + <usize>width * px)
  }
}

/** a / b rounded up, for b > 0. */
@inline
function ceilOf(a: i32, b: i32): i32 {
  return a > 0 ? (a + b - 1) / b : -(-a / b)
}

/** Write the table of column `j`: the offset and the weight of each tap that lies inside. Returns its end. */
function writeTable(
  entry: usize, rows: usize, columns: usize, kernel: usize, j: i32, kernelHeight: i32, kernelWidth: i32, sourceWidth: i32,
  fold: i32, px: usize, channel: usize, factor: i32, offset: i32, step: i32, divisor: i32,
): usize {
  sources(columns, j, kernelWidth, sourceWidth, factor, offset, step, divisor)
  for (let f = 0, from: usize = 0; f < fold; f++, from += channel) {
    for (let r = 0; r < kernelHeight; r++) {
      const row = load<i32>(rows + (<usize>r << 2))
      for (let s = 0; s < kernelWidth; s++, kernel += 4) {
        const column = load<i32>(columns + (<usize>s << 2))
        if (row < 0 || column < 0) continue
        store<usize>(entry, from + <usize>(row * sourceWidth + column) * px)
        store<f32>(entry, load<f32>(kernel), 4)
        entry += 8
      }
    }
  }
  return entry
}

/** The source position of each tap, −1 outside. */
@inline
function sources(
  to: usize, position: i32, taps: i32, size: i32, factor: i32, offset: i32, step: i32, divisor: i32,
): void {
  let at = position * factor + offset
  for (let tap = 0; tap < taps; tap++, to += 4, at += step) {
    const source = divisor == 1 ? at : at % divisor == 0 ? at / divisor : -1
    store<i32>(to, <u32>source < <u32>size ? source : -1)
  }
}

/** t[i] = Σ w · s[i + offset] over the table's (offset, w), for `bytes` bytes. */
function weightedSum(source: usize, table: usize, tableEnd: usize, target: usize, bytes: usize): void {
  const end = target + bytes
  for (; target + 12 * VECTOR <= end; target += 12 * VECTOR, source += 12 * VECTOR) sumOf12(source, table, tableEnd, target)
  for (; target + 4 * VECTOR <= end; target += 4 * VECTOR, source += 4 * VECTOR) sumOf4(source, table, tableEnd, target)
  for (; target + 2 * VECTOR <= end; target += 2 * VECTOR, source += 2 * VECTOR) sumOf2(source, table, tableEnd, target)
  for (; target < end; target += VECTOR, source += VECTOR) sumOf1(source, table, tableEnd, target)
}

/** The same for `run` pixels of `px` bytes, `targetStep` bytes apart, whose sources lie `sourceStep` bytes apart. */
function weightedSums(
  source: usize, table: usize, tableEnd: usize, target: usize, run: i32, px: usize, sourceStep: usize, targetStep: usize,
): void {
  const many = 12 / BLOCK_VECTORS
  if (px == <usize>BLOCK_VECTORS * VECTOR) {
    for (; run >= many; run -= many, source += <usize>many * sourceStep, target += <usize>many * targetStep) {
      sumOfPixels(source, table, tableEnd, target, sourceStep, targetStep)
    }
  }
  for (; run > 0; run--, source += sourceStep, target += targetStep) weightedSum(source, table, tableEnd, target, px)
}

/** Vectors of a pixel of 16 images, the usual size of a block. */
const BLOCK_VECTORS = 16 / LANES

/** Address of vector `i` of pixels `step` bytes apart from `at` on; `i` is a constant. */
@inline
function pixelAddress(at: usize, i: i32, step: usize): usize {
  return at + <usize>(i / BLOCK_VECTORS) * step + <usize>(i % BLOCK_VECTORS) * VECTOR
}

// The sums of 12, 4, 2 and 1 vectors are functions with nothing but their loop: inside other loops engines unroll it, and run
// out of registers.

/** The sums of 12 vectors of pixels of 16 images, which lie apart. */
function sumOfPixels(source: usize, entry: usize, end: usize, target: usize, sourceStep: usize, targetStep: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0, s9 = s0, s10 = s0, s11 = s0
  for (; entry < end; entry += 8) {
    const s = source + load<usize>(entry)
    const w = v128.load32_splat(entry, 4)
    s0 = fma(w, v128.load(pixelAddress(s, 0, sourceStep)), s0)
    s1 = fma(w, v128.load(pixelAddress(s, 1, sourceStep)), s1)
    s2 = fma(w, v128.load(pixelAddress(s, 2, sourceStep)), s2)
    s3 = fma(w, v128.load(pixelAddress(s, 3, sourceStep)), s3)
    s4 = fma(w, v128.load(pixelAddress(s, 4, sourceStep)), s4)
    s5 = fma(w, v128.load(pixelAddress(s, 5, sourceStep)), s5)
    s6 = fma(w, v128.load(pixelAddress(s, 6, sourceStep)), s6)
    s7 = fma(w, v128.load(pixelAddress(s, 7, sourceStep)), s7)
    s8 = fma(w, v128.load(pixelAddress(s, 8, sourceStep)), s8)
    s9 = fma(w, v128.load(pixelAddress(s, 9, sourceStep)), s9)
    s10 = fma(w, v128.load(pixelAddress(s, 10, sourceStep)), s10)
    s11 = fma(w, v128.load(pixelAddress(s, 11, sourceStep)), s11)
  }
  v128.store(pixelAddress(target, 0, targetStep), s0)
  v128.store(pixelAddress(target, 1, targetStep), s1)
  v128.store(pixelAddress(target, 2, targetStep), s2)
  v128.store(pixelAddress(target, 3, targetStep), s3)
  v128.store(pixelAddress(target, 4, targetStep), s4)
  v128.store(pixelAddress(target, 5, targetStep), s5)
  v128.store(pixelAddress(target, 6, targetStep), s6)
  v128.store(pixelAddress(target, 7, targetStep), s7)
  v128.store(pixelAddress(target, 8, targetStep), s8)
  v128.store(pixelAddress(target, 9, targetStep), s9)
  v128.store(pixelAddress(target, 10, targetStep), s10)
  v128.store(pixelAddress(target, 11, targetStep), s11)
}

function sumOf12(source: usize, entry: usize, end: usize, target: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0, s9 = s0, s10 = s0, s11 = s0
  for (; entry < end; entry += 8) {
    const s = source + load<usize>(entry)
    const w = v128.load32_splat(entry, 4)
    s0 = fma(w, v128.load(s), s0)
    s1 = fma(w, v128.load(s, VECTOR), s1)
    s2 = fma(w, v128.load(s, 2 * VECTOR), s2)
    s3 = fma(w, v128.load(s, 3 * VECTOR), s3)
    s4 = fma(w, v128.load(s, 4 * VECTOR), s4)
    s5 = fma(w, v128.load(s, 5 * VECTOR), s5)
    s6 = fma(w, v128.load(s, 6 * VECTOR), s6)
    s7 = fma(w, v128.load(s, 7 * VECTOR), s7)
    s8 = fma(w, v128.load(s, 8 * VECTOR), s8)
    s9 = fma(w, v128.load(s, 9 * VECTOR), s9)
    s10 = fma(w, v128.load(s, 10 * VECTOR), s10)
    s11 = fma(w, v128.load(s, 11 * VECTOR), s11)
  }
  v128.store(target, s0)
  v128.store(target, s1, VECTOR)
  v128.store(target, s2, 2 * VECTOR)
  v128.store(target, s3, 3 * VECTOR)
  v128.store(target, s4, 4 * VECTOR)
  v128.store(target, s5, 5 * VECTOR)
  v128.store(target, s6, 6 * VECTOR)
  v128.store(target, s7, 7 * VECTOR)
  v128.store(target, s8, 8 * VECTOR)
  v128.store(target, s9, 9 * VECTOR)
  v128.store(target, s10, 10 * VECTOR)
  v128.store(target, s11, 11 * VECTOR)
}

function sumOf4(source: usize, entry: usize, end: usize, target: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0
  for (; entry < end; entry += 8) {
    const s = source + load<usize>(entry)
    const w = v128.load32_splat(entry, 4)
    s0 = fma(w, v128.load(s), s0)
    s1 = fma(w, v128.load(s, VECTOR), s1)
    s2 = fma(w, v128.load(s, 2 * VECTOR), s2)
    s3 = fma(w, v128.load(s, 3 * VECTOR), s3)
  }
  v128.store(target, s0)
  v128.store(target, s1, VECTOR)
  v128.store(target, s2, 2 * VECTOR)
  v128.store(target, s3, 3 * VECTOR)
}

function sumOf2(source: usize, entry: usize, end: usize, target: usize): void {
  let s0 = f32x4.splat(0), s1 = s0
  for (; entry < end; entry += 8) {
    const s = source + load<usize>(entry)
    const w = v128.load32_splat(entry, 4)
    s0 = fma(w, v128.load(s), s0)
    s1 = fma(w, v128.load(s, VECTOR), s1)
  }
  v128.store(target, s0)
  v128.store(target, s1, VECTOR)
}

function sumOf1(source: usize, entry: usize, end: usize, target: usize): void {
  let sum = f32x4.splat(0)
  for (; entry < end; entry += 8) sum = fma(v128.load32_splat(entry, 4), v128.load(source + load<usize>(entry)), sum)
  v128.store(target, sum)
}
