import { int, ptr, scratch, share } from '../call'
import { layOut } from './columns'
import { dotBytes, dotTiles, paddedRows, panelCount, panelStart } from './gemm'
import { notePlaces, placeBytes, temporaryBytes } from './winograd'
import { transformBorderGrad, transformBorderInput, transformGrad, transformInput } from './winogradTiles'
import { weightGradLine } from './winogradTransforms'

/**
 * Weight gradient of a 3×3 convolution with stride 1 and padding 1 by F(4×4, 3×3), in the transformed domain:
 * dU[ξ] = Σ over columns of (A dy Aᵀ)[ξ] (Bᵀ d B)[ξ]ᵀ. Either each thread sums its share of the columns into a dU of its own,
 * and `winograd4WeightGradEnd` adds these up, always in the same order; or, where a dU is large, each thread makes its rows of
 * one dU from all columns.
 * M[ξ][K/2][quad][2][4], V[ξ][panel of C][quad][channels of the panel][4], dU[ξ][K/2][panel of C] dot tiles; each with 64 bytes of
 * room after a ξ.
 * Arguments: x, dy, du, C, K, height, width, blocks of images, lanes of a block, quads of columns in a block, bytes from one
 * thread's du to the next or 0 to split the rows.
 */
export function winograd4WeightGrad(thread: i32, threads: i32): void {
  const C = int(3), K = int(4), height = int(5), width = int(6), blocks = int(7), lanes = int(8), blockQuads = int(9)
  const splitRows = int(10) == 0
  const total = layOut(height, width, 4, blocks, lanes)
  const px = <usize>lanes << 2, row = px * <usize>width, channel = row * <usize>(height * blocks)
  const padded = paddedRows(C), kPanels = (K + 1) >> 1
  const kStart = splitRows ? share(kPanels, thread, threads) : 0
  const kEnd = splitRows ? share(kPanels, thread + 1, threads) : kPanels
  const vStep = ((<usize>(blockQuads * padded)) << 4) + 64
  const mStep = ((<usize>(blockQuads * kPanels)) << 5) + 64
  const temporary = scratch(thread)
  const places = temporary + temporaryBytes, v = places + <usize>blockQuads * placeBytes
  const m = v + 36 * vStep
  const duRow = <usize>panelCount(padded) * dotBytes, duStep = <usize>kPanels * duRow + 64
  const du = ptr(2) + <usize>thread * <usize>int(10)
  const items = (total + blockQuads - 1) / blockQuads
  const start = splitRows ? 0 : share(items, thread, threads)
  const end = splitRows ? items : share(items, thread + 1, threads)
  if (start == end) memory.fill(du, 0, int(10))
  for (let item = start; item < end; item++) {
    const first = item * blockQuads
    const quads = min(blockQuads, total - first)
    notePlaces(places, first, quads, height, width, row, px)
    inputs(quads, C, row, px, channel, temporary, places, v, vStep)
    gradients(quads, kStart << 1, min(K, kEnd << 1), row, px, channel, temporary, places, m, mStep)
    for (let xi: usize = 0; xi < 36; xi++) {
      const out = du + xi * duStep + <usize>kStart * duRow
      dotTiles(m + xi * mStep, kEnd - kStart, v + xi * vStep, padded, quads, temporary, out, item == start)
    }
  }
}

/** Transform the block's quads of x, all channels, into V. */
function inputs(
  quads: i32, C: i32, row: usize, px: usize, channel: usize, temporary: usize, places: usize, v: usize, vStep: usize,
): void {
  const padded = paddedRows(C), panels = panelCount(padded)
  let x = ptr(0) - row - px
  for (let panel = 0, c = 0; panel < panels; panel++) {
    const start = panelStart(padded, panel), count = panelStart(padded, panel + 1) - start
    for (let end = min(C, start + count); c < end; c++, x += channel) {
      let out = v + (<usize>(start * quads + c - start) << 4)
      for (let q = 0, place = places; q < quads; q++, place += placeBytes, out += <usize>count << 4) {
        const d = x + load<usize>(place), rows = load<i32>(place, 12), columns = load<i32>(place, 16)
        if ((rows & columns) == 63) transformInput(d, row, px, temporary, out, vStep)
        else transformBorderInput(d, row, px, rows, columns, temporary, out, vStep)
      }
    }
  }
}

/** The same for channels `from` to `to` of dy into M. */
function gradients(
  quads: i32, from: i32, to: i32, row: usize, px: usize, channel: usize, temporary: usize, places: usize, m: usize,
  mStep: usize,
): void {
  let dy = ptr(1) + <usize>from * channel
  for (let k = from; k < to; k++, dy += channel) {
    let out = m + (<usize>(((k - from) >> 1) * quads) << 5) + (<usize>(k & 1) << 4)
    for (let q = 0, place = places; q < quads; q++, place += placeBytes, out += 32) {
      const d = dy + load<usize>(place), height = load<i32>(place, 4), width = load<i32>(place, 8)
      if (height == 4 && width == 4) transformGrad(d, row, px, temporary, out, mStep)
      else transformBorderGrad(d, row, px, height, width, temporary, out, mStep)
    }
  }
}

/**
 * dw (K, C, 3, 3) = Gᵀ (sum of the threads' dU) G.
 * Arguments: dw, du, K, C, bytes of one thread's du, number of threads that made one.
 */
export function winograd4WeightGradEnd(thread: i32, threads: i32): void {
  const K = int(2), C = int(3), size = <usize>int(4), parts = int(5)
  const padded = paddedRows(C), panels = panelCount(padded), kPanels = (K + 1) >> 1
  const step = <usize>(kPanels * panels) * dotBytes + 64
  const sums = scratch(thread)
  const end = share(kPanels, thread + 1, threads)
  for (let kPanel = share(kPanels, thread, threads); kPanel < end; kPanel++) {
    const k = 2 * kPanel
    let du = ptr(1) + <usize>(kPanel * panels) * dotBytes
    for (let panel = 0; panel < panels; panel++, du += dotBytes) {
      const c = panelStart(padded, panel), count = panelStart(padded, panel + 1) - c
      kernels(du, step, size, parts, sums)
      storeKernels(sums, k, c, min(4, C - c))
      if (k + 1 < K) {
        kernels(du + 16, step, size, parts, sums)
        storeKernels(sums, k + 1, c, min(4, C - c))
      }
      if (count == 4) continue
      kernels(du + 32, step, size, parts, sums)
      storeKernels(sums, k, c + 4, count - 4)
      if (k + 1 < K) storeKernels(sums + 8, k + 1, c + 4, count - 4)
    }
  }
}

/** Gᵀ dU G of four kernels at once: the nine taps 16 bytes apart to `sums`. */
function kernels(du: usize, step: usize, size: usize, parts: i32, sums: usize): void {
  const lines = sums + 576
  for (let xi = 0, from = du, s = sums; xi < 36; xi++, from += step, s += 16) {
    let sum = v128.load(from)
    for (let part = 1, other = from + size; part < parts; part++, other += size) {
      sum = f32x4.add(sum, v128.load(other))
    }
    v128.store(s, sum)
  }
  for (let j = 0, s = sums, l = lines; j < 6; j++, s += 16, l += 16) {
    const d0 = v128.load(s), d1 = v128.load(s, 96), d2 = v128.load(s, 192)
    weightGradLine(d0, d1, d2, v128.load(s, 288), v128.load(s, 384), v128.load(s, 480), l, 96)
  }
  for (let j = 0, l = lines, s = sums; j < 3; j++, l += 96, s += 48) {
    const d0 = v128.load(l), d1 = v128.load(l, 16), d2 = v128.load(l, 32)
    weightGradLine(d0, d1, d2, v128.load(l, 48), v128.load(l, 64), v128.load(l, 80), s, 16)
  }
}

/** Store the kernels in the first lanes of `sums`: of output channel k and `count` input channels from c on. */
function storeKernels(sums: usize, k: i32, c: i32, count: i32): void {
  let dw = ptr(0) + <usize>(k * int(3) + c) * 36
  for (let j = 0, s = sums; j < count; j++, s += 4, dw += 36) {
    for (let tap: usize = 0; tap < 9; tap++) store<f32>(dw + (tap << 2), load<f32>(s + (tap << 4)))
  }
}
