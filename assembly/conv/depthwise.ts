import { claim, claimSize, int, ptr, scratch } from '../call'
import { fma } from '../simd'
import { finishRun, readEpilogue, selectChannel } from './epilogue'

/**
 * Depthwise convolution and its input gradient: each target pixel is a sum of source pixels times weights,
 * t[i] = Σ w · s[i + offset], with the terms in a small table and the sums of up to 48 images in registers. With stride 1, the inner
 * pixels of a row have the same offsets, so that a whole row is one run; border pixels are runs of their own.
 *
 * Source position of tap r for target position h: (h · factor + offset + r · step) / divisor, where that is whole and inside.
 * Source channels of target channel k: k / expand · fold … + fold − 1, each with its own kernel, number k · fold …
 *
 * Arguments: source, w, target, channels of the target, lanes of a block of images, source height and width, target height and width, kernel height
 * and width, fold, expand; then for rows and again for columns: factor, offset, step, divisor; blocks of images;
 * epilogue.
 */
export function depthwise(thread: i32, threads: i32): void {
  const lanes = int(4), sourceHeight = int(5), sourceWidth = int(6), height = int(7), width = int(8)
  const kernelHeight = int(9), kernelWidth = int(10), fold = int(11), expand = int(12)
  const px = <usize>lanes << 2
  const sourcePlane = px * <usize>sourceHeight * <usize>sourceWidth
  const kernelBytes = <usize>(kernelHeight * kernelWidth) << 2
  // Columns from `left` to `right` see every tap.
  let left = width, right = width
  if (int(17) == 1 && int(20) == 1) {
    const one = int(18), other = int(18) + (kernelWidth - 1) * int(19)
    left = min(width, max(0, -min(one, other)))
    right = max(left, min(width, sourceWidth - max(one, other)))
  }
  const rows = scratch(thread), columns = rows + (<usize>kernelHeight << 2)
  const table = columns + (<usize>kernelWidth << 2)
  const blocks = int(21), targetPlane = px * <usize>(width * height)
  const finishes = readEpilogue(22, ptr(2))
  const items = int(3) * height, size = claimSize(items, threads)
  for (let item = claim(size), end = item + size; item < items; item++) {
    if (item == end) {
      item = claim(size)
      end = item + size
      if (item >= items) break
    }
    const channel = item / height, h = item - channel * height
    const source = ptr(0) + <usize>(channel / expand * fold * blocks) * sourcePlane
    const w = ptr(1) + <usize>(channel * fold) * kernelBytes
    const y = ptr(2) + <usize>(channel * blocks) * targetPlane
    let target = y + <usize>(h * width) * px
    sources(rows, h, kernelHeight, 13, sourceHeight)
    for (let j = 0; j < width; ) {
      const run = j == left && right > left ? right - left : 1
      sources(columns, j, kernelWidth, 17, sourceWidth)
      let entry = table
      for (let f = 0, from: usize = 0, kernel = w; f < fold; f++, from += sourcePlane * <usize>blocks, kernel += kernelBytes) {
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
      for (let block = 0, s = source, t = target; block < blocks; block++, s += sourcePlane, t += targetPlane) {
        weightedSum(s, table, entry, t, bytes)
      }
      j += run
      target += bytes
    }
    if (!finishes) continue
    selectChannel(channel)
    let from = <usize>(h * width) * px
    for (let block = 0; block < blocks; block++, from += targetPlane) finishRun(y, from, from + <usize>width * px)
  }
}

/** The source position of each tap, −1 outside. `i`: where the four numbers stand among the arguments. */
@inline
function sources(to: usize, position: i32, taps: i32, i: usize, size: i32): void {
  const divisor = int(i + 3)
  let at = position * int(i) + int(i + 1)
  for (let tap = 0; tap < taps; tap++, to += 4, at += int(i + 2)) {
    const source = divisor == 1 ? at : at % divisor == 0 ? at / divisor : -1
    store<i32>(to, <u32>source < <u32>size ? source : -1)
  }
}

/** t[i] = Σ w · s[i + offset] over the table's (offset, w), for `bytes` bytes. */
function weightedSum(source: usize, table: usize, tableEnd: usize, target: usize, bytes: usize): void {
  const end = target + bytes
  for (; target + 192 <= end; target += 192, source += 192) sumOf12(source, table, tableEnd, target)
  for (; target + 64 <= end; target += 64, source += 64) sumOf4(source, table, tableEnd, target)
  for (; target < end; target += 16, source += 16) sumOf1(source, table, tableEnd, target)
}

// The sums of 12, 4 and 1 vectors are functions with nothing but their loop: inside other loops engines unroll it, and run out of
// registers.

function sumOf12(source: usize, entry: usize, end: usize, target: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, s8 = s0, s9 = s0, s10 = s0, s11 = s0
  for (; entry < end; entry += 8) {
    const s = source + load<usize>(entry)
    const w = v128.load32_splat(entry, 4)
    s0 = fma(w, v128.load(s), s0)
    s1 = fma(w, v128.load(s, 16), s1)
    s2 = fma(w, v128.load(s, 32), s2)
    s3 = fma(w, v128.load(s, 48), s3)
    s4 = fma(w, v128.load(s, 64), s4)
    s5 = fma(w, v128.load(s, 80), s5)
    s6 = fma(w, v128.load(s, 96), s6)
    s7 = fma(w, v128.load(s, 112), s7)
    s8 = fma(w, v128.load(s, 128), s8)
    s9 = fma(w, v128.load(s, 144), s9)
    s10 = fma(w, v128.load(s, 160), s10)
    s11 = fma(w, v128.load(s, 176), s11)
  }
  v128.store(target, s0)
  v128.store(target, s1, 16)
  v128.store(target, s2, 32)
  v128.store(target, s3, 48)
  v128.store(target, s4, 64)
  v128.store(target, s5, 80)
  v128.store(target, s6, 96)
  v128.store(target, s7, 112)
  v128.store(target, s8, 128)
  v128.store(target, s9, 144)
  v128.store(target, s10, 160)
  v128.store(target, s11, 176)
}

function sumOf4(source: usize, entry: usize, end: usize, target: usize): void {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0
  for (; entry < end; entry += 8) {
    const s = source + load<usize>(entry)
    const w = v128.load32_splat(entry, 4)
    s0 = fma(w, v128.load(s), s0)
    s1 = fma(w, v128.load(s, 16), s1)
    s2 = fma(w, v128.load(s, 32), s2)
    s3 = fma(w, v128.load(s, 48), s3)
  }
  v128.store(target, s0)
  v128.store(target, s1, 16)
  v128.store(target, s2, 32)
  v128.store(target, s3, 48)
}

function sumOf1(source: usize, entry: usize, end: usize, target: usize): void {
  let sum = f32x4.splat(0)
  for (; entry < end; entry += 8) sum = fma(v128.load32_splat(entry, 4), v128.load(source + load<usize>(entry)), sum)
  v128.store(target, sum)
}
