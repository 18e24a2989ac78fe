import { claim, claimSize, scratch, share } from '../call'
import { VECTOR, VECTOR_SHIFT } from '../simd'
import { imageBlock, layOut, locate, vector, vectorsLeft, tileColumn, tileRow } from './columns'
import { hasResidual, selectChannel, setEpilogue } from './epilogue'
import { paddedRows, productTiles } from './gemm'
import { transformOutput, transformOutputAdded, transformOutputScaled } from './winogradOutput'
import { transformBorderInput, transformInput } from './winogradTiles'
import { chunkStep } from './winogradWeights128'

/** Bytes for a half-transformed tile in front of a thread's buffers. */
export const temporaryBytes: usize = 36 * VECTOR + 448

/** Bytes of the 36 transformed values of a channel and two vectors; an odd number of cache lines spreads them over all sets. */
const productBytes: usize = 72 * VECTOR + 64

/**
 * 3×3 convolution with stride 1 and padding 1 by F(4×4, 3×3). For each block of columns (tiles × images): V = Bᵀ d B for all
 * input channels; then, for a chunk of output channels at a time, the 36 products M[ξ] = U[ξ] V[ξ], and Y = Aᵀ M A. Blocks and
 * chunks are chosen such that V and M stay in the second-level cache.
 * V[pair of vectors][C][ξ][2], M[pair][chunk][ξ][2]: a transform reads or writes one piece of memory.
 * @param blocks blocks of images
 * @param lanes images of a block
 * @param blockVectors vectors of columns in a block, an even number
 * @param chunks chunks of output channels
 */
export function winograd4(
  thread: i32, threads: i32, x: usize, u: usize, y: usize, C: i32, K: i32, height: i32, width: i32, blocks: i32, lanes: i32,
  blockVectors: i32, chunks: i32, finishes: bool, scales: usize, shifts: usize, residual: usize, relu: bool, pixelVectors: i32,
  paddedLanes: i32,
): void {
  const total = layOut(height, width, 4, blocks, lanes)
  const px = <usize>lanes << 2, row = px * <usize>width, plane = row * <usize>height
  const padded = paddedRows(K)
  const vPanel = <usize>C * productBytes
  const temporary = scratch(thread)
  const places = temporary + temporaryBytes
  const m = places + <usize>blockVectors * placeBytes
  const v = m + <usize>((padded + chunks - 1) / chunks * (blockVectors >> 1)) * productBytes
  const items = (total + blockVectors - 1) / blockVectors
  const size = claimSize(items, threads)
  if (finishes) setEpilogue(y, scales, shifts, residual, relu, pixelVectors, paddedLanes)
  for (let item = claim(size), end = item + size; item < items; item++) {
    if (item == end) {
      item = claim(size)
      end = item + size
      if (item >= items) break
    }
    const first = item * blockVectors
    const vectors = min(blockVectors, total - first)
    const pairs = (vectors + 1) >> 1
    notePlaces(places, first, vectors, height, width, row, px)
    inputs(x, C, vectors, row, px, plane * <usize>blocks, temporary, places, v, vPanel)
    let weights = u
    for (let chunk = 0; chunk < chunks; chunk++) {
      const k = share(padded, chunk, chunks), rows = share(padded, chunk + 1, chunks) - k
      const uStep = chunkStep(C, rows), mPanel = <usize>rows * productBytes
      for (let xi: usize = 0; xi < 36; xi++, weights += uStep) {
        const at = xi << (VECTOR_SHIFT + 1)
        productTiles(weights, rows, v + at, productBytes, vPanel, pairs, C, m + at, productBytes, mPanel)
      }
      const to = min(K, k + rows), channel = plane * <usize>blocks, target = y + <usize>k * channel
      if (finishes) finishedOutputs(target, k, to, first, vectors, mPanel, row, px, channel, temporary, places, m)
      else outputs(target, to - k, vectors, mPanel, row, px, channel, temporary, places, m)
    }
  }
}

/** Transform the products of `channels` output channels back and store them from y on, one channel after the other. */
function outputs(
  y: usize, channels: i32, vectors: i32, mPanel: usize, row: usize, px: usize, channel: usize, temporary: usize, places: usize,
  m: usize,
): void {
  for (let k = 0; k < channels; k++, y += channel, m += productBytes) {
    for (let q = 0, place = places; q < vectors; q++, place += placeBytes) {
      const tile = m + <usize>(q >> 1) * mPanel + (<usize>(q & 1) << VECTOR_SHIFT)
      transformOutput(tile, temporary, y + load<usize>(place), row, px, load<i32>(place, 4), load<i32>(place, 8))
    }
  }
}

/** The same with the epilogue, for channels `from` to `to`; `first`: number of the first vector. */
function finishedOutputs(
  y: usize, from: i32, to: i32, first: i32, vectors: i32, mPanel: usize, row: usize, px: usize, channel: usize, temporary: usize,
  places: usize, m: usize,
): void {
  const lastOfPixel = <i32>(px >> VECTOR_SHIFT) - 1, start = first % (lastOfPixel + 1)
  for (let k = from; k < to; k++, y += channel, m += productBytes) {
    selectChannel(k)
    for (let q = 0, place = places, ofPixel = start; q < vectors; q++, place += placeBytes) {
      const tile = m + <usize>(q >> 1) * mPanel + (<usize>(q & 1) << VECTOR_SHIFT)
      const p = y + load<usize>(place), height = load<i32>(place, 4), width = load<i32>(place, 8)
      const isLast = ofPixel == lastOfPixel
      ofPixel = isLast ? 0 : ofPixel + 1
      if (hasResidual) transformOutputAdded(tile, temporary, p, row, px, height, width, isLast)
      else transformOutputScaled(tile, temporary, p, row, px, height, width, isLast)
    }
  }
}

/**
 * Transform the block's vectors of all channels into V. Channel by channel, so that whole rows of pixels are read one after the
 * other, which the processor foresees.
 */
function inputs(
  x: usize, C: i32, vectors: i32, row: usize, px: usize, channel: usize, temporary: usize, places: usize, v: usize, vPanel: usize,
): void {
  x -= row + px
  for (let c = 0; c < C; c++, x += channel, v += productBytes) {
    for (let q = 0, place = places; q < vectors; q++, place += placeBytes) {
      const out = v + <usize>(q >> 1) * vPanel + (<usize>(q & 1) << VECTOR_SHIFT)
      const d = x + load<usize>(place), rows = load<i32>(place, 12), columns = load<i32>(place, 16)
      if ((rows & columns) == 63) transformInput(d, row, px, temporary, out, 2 * VECTOR)
      else transformBorderInput(d, row, px, rows, columns, temporary, out, 2 * VECTOR)
    }
  }
}

/** One bit for each of six consecutive positions: whether it lies in 0 … size − 1. */
function inside(start: i32, size: i32): i32 {
  let bits = 0
  for (let i = 0; i < 6; i++) if (<u32>(start + i) < <u32>size) bits |= 1 << i
  return bits
}

/** Bytes of the note on a vector: see `notePlaces`. */
export const placeBytes: usize = 20

/**
 * Note, for `vectors` vectors of columns from `first` on: the offset in the channel, height and width of the outputs, and which rows
 * and columns of the inputs, which begin a pixel before, lie in the plane.
 */
export function notePlaces(
  places: usize, first: i32, vectors: i32, height: i32, width: i32, row: usize, px: usize,
): void {
  for (let q = 0, place = places; q < vectors; ) {
    locate(first + q)
    const top = 4 * tileRow, left = 4 * tileColumn
    const rows = inside(top - 1, height), columns = inside(left - 1, width)
    let offset = <usize>(imageBlock * height + top) * row + <usize>left * px + (<usize>vector << VECTOR_SHIFT)
    for (const end = min(vectors, q + vectorsLeft); q < end; q++, place += placeBytes, offset += VECTOR) {
      store<usize>(place, offset)
      store<i32>(place, min(4, height - top), 4)
      store<i32>(place, min(4, width - left), 8)
      store<i32>(place, rows, 12)
      store<i32>(place, columns, 16)
    }
  }
}
