import { claim, claimSize, scratch } from '../call'
import { fma, VECTOR } from '../simd'
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
  let left = width, right = width
  if (columnFactor == 1 && columnDivisor == 1) {
    const one = columnOffset, other = columnOffset + (kernelWidth - 1) * columnStep
    left = min(width, max(0, -min(one, other)))
    right = max(left, min(width, sourceWidth - max(one, other)))
  }
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
    let to = y + <usize>(h * width) * px
    sources(rows, h, kernelHeight, sourceHeight, rowFactor, rowOffset, rowStep, rowDivisor)
    for (let j = 0; j < width; ) {
      const run = j == left && right > left ? right - left : 1
      sources(columns, j, kernelWidth, sourceWidth, columnFactor, columnOffset, columnStep, columnDivisor)
      let entry = table
      for (let f = 0, from: usize = 0, kernel = kernels; f < fold; f++, from += sourcePlane * <usize>blocks, kernel += kernelBytes) {
        for (let r = 0; r < kernelHeight; r++) {
          const row = load<i32>(rows + (<usize>r << 2))
          if (row < 0) continue
          for (let s = 0; s < kernelWidth; s++) {
            const column = load<i32>(columns + (<usize>s << 2))
            if (column < 0) continue
            store<usize>(entry, from + <usize>(row * sourceWidth + column) * px)
            store<f32>(entry, load<f32>(kernel + (<usize>(r * kernelWidth + s) << 2)), 4)
            entry += 8
          }
        }
      }
      const bytes = <usize>run * px
      for (let block = 0, s = x, t = to; block < blocks; block++, s += sourcePlane, t += targetPlane) {
        weightedSum(s, table, entry, t, bytes)
      }
      j += run
      to += bytes
    }
    if (!finishes) continue
    selectChannel(channel)
    let from = <usize>(h * width) * px
    for (let block = 0; block < blocks; block++, from += targetPlane) finishRun(y, from, from + <usize>width * px)
  }
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
  for (; target < end; target += VECTOR, source += VECTOR) sumOf1(source, table, tableEnd, target)
}

// The sums of 12, 4 and 1 vectors are functions with nothing but their loop: inside other loops engines unroll it, and run out of
// registers.

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

function sumOf1(source: usize, entry: usize, end: usize, target: usize): void {
  let sum = f32x4.splat(0)
  for (; entry < end; entry += 8) sum = fma(v128.load32_splat(entry, 4), v128.load(source + load<usize>(entry)), sum)
  v128.store(target, sum)
}
