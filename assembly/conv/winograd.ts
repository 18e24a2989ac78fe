import { claim, claimSize, int, ptr, scratch, share } from '../call'
import { imageBlock, layOut, locate, quad, quadsLeft, tileColumn, tileRow } from './columns'
import { hasResidual, lastShift, readEpilogue, selectChannel, shift } from './epilogue'
import { paddedRows, productTiles } from './gemm'
import { transformOutput, transformOutputAdded, transformOutputScaled } from './winogradOutput'
import { transformBorderInput, transformInput } from './winogradTiles'
import { chunkStep } from './winogradWeights'

/** Bytes for a half-transformed tile in front of a thread's buffers. */
export const temporaryBytes: usize = 1024

/** Bytes of the 36 transformed values of a channel and two quads; an odd number of cache lines spreads them over all sets. */
const productBytes: usize = 36 * 32 + 64

/**
 * 3×3 convolution with stride 1 and padding 1 by F(4×4, 3×3). For each block of columns (tiles × images): V = Bᵀ d B for all
 * input channels; then, for a chunk of output channels at a time, the 36 products M[ξ] = U[ξ] V[ξ], and Y = Aᵀ M A. Blocks and
 * chunks are chosen such that V and M stay in the second-level cache.
 * V[column/8][C][ξ][8], M[column/8][chunk][ξ][8]: a transform reads or writes one piece of memory.
 * Arguments: x, u, y, C, K, height, width, blocks of images, lanes of a block, quads of columns in a block (even), chunks of
 * output channels, epilogue.
 */
export function winograd4(thread: i32, threads: i32): void {
  const C = int(3), K = int(4), height = int(5), width = int(6), blocks = int(7), lanes = int(8)
  const blockQuads = int(9), chunks = int(10)
  const total = layOut(height, width, 4, blocks, lanes)
  const px = <usize>lanes << 2, row = px * <usize>width, plane = row * <usize>height
  const padded = paddedRows(K)
  const vPanel = <usize>C * productBytes
  const temporary = scratch(thread)
  const places = temporary + temporaryBytes
  const m = places + <usize>blockQuads * placeBytes
  const v = m + <usize>((padded + chunks - 1) / chunks * (blockQuads >> 1)) * productBytes
  const items = (total + blockQuads - 1) / blockQuads
  const size = claimSize(items, threads)
  const finishes = readEpilogue(11, ptr(2))
  for (let item = claim(size), end = item + size; item < items; item++) {
    if (item == end) {
      item = claim(size)
      end = item + size
      if (item >= items) break
    }
    const first = item * blockQuads
    const quads = min(blockQuads, total - first)
    const pairs = (quads + 1) >> 1
    notePlaces(places, first, quads, height, width, row, px)
    inputs(C, quads, row, px, plane * <usize>blocks, temporary, places, v, vPanel)
    let u = ptr(1)
    for (let chunk = 0; chunk < chunks; chunk++) {
      const k = share(padded, chunk, chunks), rows = share(padded, chunk + 1, chunks) - k
      const uStep = chunkStep(C, rows), mPanel = <usize>rows * productBytes
      for (let xi: usize = 0; xi < 36; xi++, u += uStep) {
        productTiles(u, rows, v + (xi << 5), productBytes, vPanel, pairs, C, m + (xi << 5), productBytes, mPanel)
      }
      const to = min(K, k + rows), channel = plane * <usize>blocks
      if (finishes) finishedOutputs(k, to, first, quads, mPanel, row, px, channel, temporary, places, m)
      else outputs(k, to, quads, mPanel, row, px, channel, temporary, places, m)
    }
  }
}

/** Transform the products of output channels `from` to `to` back and store them in y, one channel after the other. */
function outputs(
  from: i32, to: i32, quads: i32, mPanel: usize, row: usize, px: usize, channel: usize, temporary: usize, places: usize,
  m: usize,
): void {
  let y = ptr(2) + <usize>from * channel
  for (let k = from; k < to; k++, y += channel, m += productBytes) {
    for (let q = 0, place = places; q < quads; q++, place += placeBytes) {
      const tile = m + <usize>(q >> 1) * mPanel + (<usize>(q & 1) << 4)
      transformOutput(tile, temporary, y + load<usize>(place), row, px, load<i32>(place, 4), load<i32>(place, 8))
    }
  }
}

/** The same with the epilogue; `first`: number of the first quad. */
function finishedOutputs(
  from: i32, to: i32, first: i32, quads: i32, mPanel: usize, row: usize, px: usize, channel: usize, temporary: usize,
  places: usize, m: usize,
): void {
  const lastOfPixel = <i32>(px >> 4) - 1, start = first % (lastOfPixel + 1)
  let y = ptr(2) + <usize>from * channel
  for (let k = from; k < to; k++, y += channel, m += productBytes) {
    selectChannel(k)
    for (let q = 0, place = places, ofPixel = start; q < quads; q++, place += placeBytes) {
      const tile = m + <usize>(q >> 1) * mPanel + (<usize>(q & 1) << 4)
      const p = y + load<usize>(place), height = load<i32>(place, 4), width = load<i32>(place, 8)
      const b = ofPixel == lastOfPixel ? lastShift : shift
      ofPixel = ofPixel == lastOfPixel ? 0 : ofPixel + 1
      if (hasResidual) transformOutputAdded(tile, temporary, p, row, px, height, width, b)
      else transformOutputScaled(tile, temporary, p, row, px, height, width, b)
    }
  }
}

/**
 * Transform the block's quads of all channels into V. Channel by channel, so that whole rows of pixels are read one after the
 * other, which the processor foresees.
 */
function inputs(
  C: i32, quads: i32, row: usize, px: usize, channel: usize, temporary: usize, places: usize, v: usize, vPanel: usize,
): void {
  let x = ptr(0) - row - px
  for (let c = 0; c < C; c++, x += channel, v += productBytes) {
    for (let q = 0, place = places; q < quads; q++, place += placeBytes) {
      const out = v + <usize>(q >> 1) * vPanel + (<usize>(q & 1) << 4)
      const d = x + load<usize>(place), rows = load<i32>(place, 12), columns = load<i32>(place, 16)
      if ((rows & columns) == 63) transformInput(d, row, px, temporary, out, 32)
      else transformBorderInput(d, row, px, rows, columns, temporary, out, 32)
    }
  }
}

/** One bit for each of six consecutive positions: whether it lies in 0 … size − 1. */
function inside(start: i32, size: i32): i32 {
  let bits = 0
  for (let i = 0; i < 6; i++) if (<u32>(start + i) < <u32>size) bits |= 1 << i
  return bits
}

/** Bytes of the note on a quad: see `notePlaces`. */
export const placeBytes: usize = 20

/**
 * Note, for `quads` quads of columns from `first` on: the offset in the channel, height and width of the outputs, and which rows
 * and columns of the inputs, which begin a pixel before, lie in the plane.
 */
export function notePlaces(
  places: usize, first: i32, quads: i32, height: i32, width: i32, row: usize, px: usize,
): void {
  for (let q = 0, place = places; q < quads; ) {
    locate(first + q)
    const top = 4 * tileRow, left = 4 * tileColumn
    const rows = inside(top - 1, height), columns = inside(left - 1, width)
    let offset = <usize>(imageBlock * height + top) * row + <usize>left * px + (<usize>quad << 4)
    for (const end = min(quads, q + quadsLeft); q < end; q++, place += placeBytes, offset += 16) {
      store<usize>(place, offset)
      store<i32>(place, min(4, height - top), 4)
      store<i32>(place, min(4, width - left), 8)
      store<i32>(place, rows, 12)
      store<i32>(place, columns, 16)
    }
  }
}
