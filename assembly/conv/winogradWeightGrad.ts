import { scratch, share } from '../call'
import { VECTOR, VECTOR_SHIFT } from '../simd'
import { layOut } from './columns'
import { dotBytes, dotTiles, paddedRows, panelCount, panelStart } from './gemm'
import { notePlaces, placeBytes, temporaryBytes } from './winograd'
import { transformBorderGrad, transformBorderInput, transformGrad, transformInput } from './winogradTiles'

/**
 * Weight gradient of a 3×3 convolution with stride 1 and padding 1 by F(4×4, 3×3), in the transformed domain:
 * dU[ξ] = Σ over columns of (A dy Aᵀ)[ξ] (Bᵀ d B)[ξ]ᵀ. Either each thread sums its share of the columns into a dU of its own,
 * and `winograd4WeightGradEnd` adds these up, always in the same order; or, where a dU is large, each thread makes its rows of
 * one dU from all columns.
 * M[ξ][K/2][vector][2], V[ξ][panel of C][vector][channels of the panel], dU[ξ][K/2][panel of C] dot tiles; each with 64
 * bytes of room after a ξ.
 * @param blocks blocks of images
 * @param lanes images of a block
 * @param blockVectors vectors of columns in a block
 * @param duBytes bytes from one thread's du to the next, or 0 to split the rows
 */
export function winograd4WeightGrad(
  thread: i32, threads: i32, x: usize, dy: usize, du: usize, C: i32, K: i32, height: i32, width: i32, blocks: i32, lanes: i32,
  blockVectors: i32, duBytes: usize,
): void {
  const splitRows = duBytes == 0
  const total = layOut(height, width, 4, blocks, lanes)
  const px = <usize>lanes << 2, row = px * <usize>width, channel = row * <usize>(height * blocks)
  const padded = paddedRows(C), kPanels = (K + 1) >> 1
  const kStart = splitRows ? share(kPanels, thread, threads) : 0
  const kEnd = splitRows ? share(kPanels, thread + 1, threads) : kPanels
  const vStep = ((<usize>(blockVectors * padded)) << VECTOR_SHIFT) + 64
  const mStep = ((<usize>(blockVectors * kPanels)) << (VECTOR_SHIFT + 1)) + 64
  const temporary = scratch(thread)
  const places = temporary + temporaryBytes, v = places + <usize>blockVectors * placeBytes
  const m = v + 36 * vStep
  const duRow = <usize>panelCount(padded) * dotBytes, duStep = <usize>kPanels * duRow + 64
  du += <usize>thread * duBytes
  const items = (total + blockVectors - 1) / blockVectors
  const start = splitRows ? 0 : share(items, thread, threads)
  const end = splitRows ? items : share(items, thread + 1, threads)
  if (start == end) memory.fill(du, 0, duBytes)
  for (let item = start; item < end; item++) {
    const first = item * blockVectors
    const vectors = min(blockVectors, total - first)
    notePlaces(places, first, vectors, height, width, row, px)
    inputs(x, vectors, C, row, px, channel, temporary, places, v, vStep)
    gradients(dy, vectors, kStart << 1, min(K, kEnd << 1), row, px, channel, temporary, places, m, mStep)
    for (let xi: usize = 0; xi < 36; xi++) {
      const out = du + xi * duStep + <usize>kStart * duRow
      dotTiles(m + xi * mStep, kEnd - kStart, v + xi * vStep, padded, vectors, temporary, out, item == start)
    }
  }
}

/** Transform the block's vectors of x, all channels, into V. */
function inputs(
  x: usize, vectors: i32, C: i32, row: usize, px: usize, channel: usize, temporary: usize, places: usize, v: usize, vStep: usize,
): void {
  const padded = paddedRows(C), panels = panelCount(padded)
  x -= row + px
  for (let panel = 0, c = 0; panel < panels; panel++) {
    const start = panelStart(padded, panel), count = panelStart(padded, panel + 1) - start
    for (let end = min(C, start + count); c < end; c++, x += channel) {
      let out = v + (<usize>(start * vectors + c - start) << VECTOR_SHIFT)
      for (let q = 0, place = places; q < vectors; q++, place += placeBytes, out += <usize>count << VECTOR_SHIFT) {
        const d = x + load<usize>(place), rows = load<i32>(place, 12), columns = load<i32>(place, 16)
        if ((rows & columns) == 63) transformInput(d, row, px, temporary, out, vStep)
        else transformBorderInput(d, row, px, rows, columns, temporary, out, vStep)
      }
    }
  }
}

/** The same for channels `from` to `to` of dy into M. */
function gradients(
  dy: usize, vectors: i32, from: i32, to: i32, row: usize, px: usize, channel: usize, temporary: usize, places: usize, m: usize,
  mStep: usize,
): void {
  dy += <usize>from * channel
  for (let k = from; k < to; k++, dy += channel) {
    let out = m + (<usize>(((k - from) >> 1) * vectors) << (VECTOR_SHIFT + 1)) + (<usize>(k & 1) << VECTOR_SHIFT)
    for (let q = 0, place = places; q < vectors; q++, place += placeBytes, out += 2 * VECTOR) {
      const d = dy + load<usize>(place), height = load<i32>(place, 4), width = load<i32>(place, 8)
      if (height == 4 && width == 4) transformGrad(d, row, px, temporary, out, mStep)
      else transformBorderGrad(d, row, px, height, width, temporary, out, mStep)
    }
  }
}
