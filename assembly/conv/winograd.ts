import { int, ptr, scratch, share } from '../call'
import { layOut, locate, quad, quadsLeft, tileColumn, tileRow } from './columns'
import { productTiles } from './gemm'
import { transformBorderInput, transformInput, transformOutput } from './winogradTiles'
import { gatherKernels, weightLine } from './winogradTransforms'

/** Bytes for a half-transformed tile in front of a thread's buffers. */
export const temporaryBytes: usize = 1024

/** Bytes of the 36 product tiles of four output channels and two quads; an odd number of cache lines spreads them over all sets. */
const productBytes: usize = 36 * 128 + 64

/**
 * Transformed weights of a 3×3 convolution, packed for the product tile, in chunks of output channels:
 * U[K/chunk][ξ][chunk/4][C][4] = G g Gᵀ, zeros beyond K, 64 bytes of room after each ξ.
 * Arguments: u, w, K, C, bytes in w from one output channel to the next and from one input channel to the next, whether to
 * rotate the kernels by 180° (the input gradient is a convolution with rotated kernels, input and output channels exchanged),
 * panels of four output channels in a chunk.
 */
export function winograd4Weights(thread: i32, threads: i32): void {
  const K = int(2), C = int(3)
  const outer = <usize>int(4), inner = <usize>int(5), rotate = int(6) != 0, chunk = int(7)
  const temporary = scratch(thread), lines = temporary + 192
  const panels = (K + 3) >> 2
  const end = share(panels, thread + 1, threads)
  for (let panel = share(panels, thread, threads); panel < end; panel++) {
    const rows = min(4, K - 4 * panel)
    const first = panel / chunk * chunk
    const step = weightStep(C, min(chunk, panels - first))
    let u = ptr(0) + <usize>36 * weightStep(C, chunk) * <usize>(first / chunk) + (<usize>((panel - first) * C) << 4)
    let w = ptr(1) + <usize>(4 * panel) * outer
    for (let c = 0; c < C; c++, u += 16, w += inner) {
      gatherKernels(w, outer, rows, rotate, temporary)
      for (let j = 0, t = temporary, l = lines; j < 3; j++, t += 16, l += 16) {
        weightLine(v128.load(t), v128.load(t, 48), v128.load(t, 96), l, 48)
      }
      for (let i = 0, l = lines, out = u; i < 6; i++, l += 48, out += 6 * step) {
        weightLine(v128.load(l), v128.load(l, 16), v128.load(l, 32), out, step)
      }
    }
  }
}

/** Bytes from one ξ to the next in a chunk of `panels` panels of weights. */
@inline
export function weightStep(C: i32, panels: i32): usize {
  return (<usize>(C * panels) << 4) + 64
}

/**
 * 3×3 convolution with stride 1 and padding 1 by F(4×4, 3×3). For each block of columns (tiles × images): V = Bᵀ d B for all
 * input channels; then, for a chunk of output channels at a time, the 36 products M[ξ] = U[ξ] V[ξ], and Y = Aᵀ M A. Blocks and
 * chunks are chosen such that V and M stay in the second-level cache.
 * V[column/8][ξ][C][8], M[chunk/4][column/8][ξ][4][8].
 * Arguments: x, u, y, C, K, height, width, lanes, quads of columns in a block (even), panels of four output channels in a chunk,
 * quads in a block of images.
 */
export function winograd4(thread: i32, threads: i32): void {
  const C = int(3), K = int(4), height = int(5), width = int(6), lanes = int(7), blockQuads = int(8), chunk = int(9)
  const total = layOut(height, width, lanes, 4, int(10))
  const px = <usize>lanes << 2, row = px * <usize>width, plane = row * <usize>height
  const kPanels = (K + 3) >> 2
  const vStep = (<usize>C << 5) + 64, vPanel = <usize>36 * vStep
  const temporary = scratch(thread)
  const places = temporary + temporaryBytes
  const m = places + (<usize>(blockQuads + 4) << 4)
  const v = m + <usize>(chunk * (blockQuads >> 1)) * productBytes
  const blocks = (total + blockQuads - 1) / blockQuads
  const end = share(blocks, thread + 1, threads)
  for (let block = share(blocks, thread, threads); block < end; block++) {
    const first = block * blockQuads
    const quads = min(blockQuads, total - first)
    const pairs = (quads + 1) >> 1
    const mPanel = <usize>pairs * productBytes
    for (let q = 0; q < quads; ) {
      locate(first + q)
      const run = min(quadsLeft, quads - q)
      inputRun(q, run, C, height, width, row, px, temporary, v, vStep, vPanel)
      notePlaces(places + (<usize>q << 4), run, height, width, row, px)
      q += run
    }
    let u = ptr(1)
    for (let k = 0; k < kPanels; k += chunk) {
      const panels = min(chunk, kPanels - k)
      const uStep = weightStep(C, panels)
      for (let xi: usize = 0; xi < 36; xi++, u += uStep) {
        productTiles(u, panels, v + xi * vStep, vPanel, pairs, C, m + (xi << 7), mPanel, productBytes)
      }
      outputs(4 * k, min(K, 4 * (k + panels)), quads, pairs, row, px, plane, temporary, places, m)
    }
  }
}

/** Transform the products of output channels `from` to `to` back and store them in y, one channel after the other. */
function outputs(
  from: i32, to: i32, quads: i32, pairs: i32, row: usize, px: usize, plane: usize, temporary: usize, places: usize, m: usize,
): void {
  let y = ptr(2) + <usize>from * plane
  for (let k = from; k < to; k++, y += plane) {
    const products = m + <usize>(((k - from) >> 2) * pairs) * productBytes + (<usize>(k & 3) << 5)
    for (let q = 0, place = places; q < quads; q++, place += 16) {
      const tile = products + <usize>(q >> 1) * productBytes + (<usize>(q & 1) << 4)
      transformOutput(tile, temporary, y + load<usize>(place), row, px, load<i32>(place, 4), load<i32>(place, 8))
    }
  }
}

/** Transform `run` quads of the located tile, all channels, into V from its quad `q` on. */
function inputRun(
  q: i32, run: i32, C: i32, height: i32, width: i32, row: usize, px: usize, temporary: usize, v: usize, vStep: usize,
  vPanel: usize,
): void {
  const plane = row * <usize>height
  const top = 4 * tileRow - 1, left = 4 * tileColumn - 1
  let d = ptr(0) + <usize>top * row + <usize>left * px + (<usize>quad << 4)
  const rows = inside(top, height), columns = inside(left, width)
  const inner = rows == 63 && columns == 63
  const end = q + run
  for (let c = 0; c < C; c++, d += plane, v += 32) {
    for (let i = q, s = d; i < end; i++, s += 16) {
      const out = v + <usize>(i >> 1) * vPanel + (<usize>(i & 1) << 4)
      if (inner) transformInput(s, row, px, temporary, out, vStep)
      else transformBorderInput(s, row, px, rows, columns, temporary, out, vStep)
    }
  }
}

/** One bit for each of six consecutive positions: whether it lies in 0 … size − 1. */
export function inside(start: i32, size: i32): i32 {
  let bits = 0
  for (let i = 0; i < 6; i++) if (<u32>(start + i) < <u32>size) bits |= 1 << i
  return bits
}

/** Note, for `run` quads of the located tile, where their outputs go: offset in the plane, height and width of the tile. */
function notePlaces(place: usize, run: i32, height: i32, width: i32, row: usize, px: usize): void {
  const top = 4 * tileRow, left = 4 * tileColumn
  let offset = <usize>top * row + <usize>left * px + (<usize>quad << 4)
  for (let i = 0; i < run; i++, place += 16, offset += 16) {
    store<usize>(place, offset)
    store<i32>(place, min(4, height - top), 4)
    store<i32>(place, min(4, width - left), 8)
  }
}
