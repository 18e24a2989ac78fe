import { int, ptr, scratch, share } from '../call'
import { layOut, locate, quad, quadsLeft, tileColumn, tileRow } from './columns'
import { productTile } from './gemm'
import { transformBorderInput, transformInput, transformOutput } from './winogradTiles'
import { weightLine } from './winogradTransforms'

/** Bytes for a half-transformed tile in front of a thread's buffers. */
export const temporaryBytes: usize = 1024

/**
 * Transformed weights of a 3×3 convolution, packed for the product tile: U[ξ][K/4][C][4] = G g Gᵀ, zeros beyond K.
 * Arguments: u, w, K, C, bytes in w from one output channel to the next and from one input channel to the next, whether to
 * rotate the kernels by 180° (the input gradient is a convolution with rotated kernels, input and output channels exchanged),
 * bytes from one ξ to the next.
 */
export function winograd4Weights(thread: i32, threads: i32): void {
  const K = int(2), C = int(3)
  const outer = <usize>int(4), inner = <usize>int(5), rotate = int(6) != 0, step = <usize>int(7)
  const temporary = scratch(thread), lines = temporary + 160
  const panels = (K + 3) >> 2
  const end = share(panels, thread + 1, threads)
  for (let panel = share(panels, thread, threads); panel < end; panel++) {
    const rows = min(4, K - 4 * panel)
    let u = ptr(0) + ((<usize>(panel * C)) << 4)
    let w = ptr(1) + <usize>(4 * panel) * outer
    memory.fill(temporary, 0, 144)
    for (let c = 0; c < C; c++, u += 16, w += inner) {
      for (let i = 0, g = w; i < rows; i++, g += outer) {
        let t = temporary + (<usize>i << 2)
        for (let tap: usize = 0; tap < 36; tap += 4, t += 16) store<f32>(t, load<f32>(g + (rotate ? 32 - tap : tap)))
      }
      for (let j = 0, t = temporary, l = lines; j < 3; j++, t += 16, l += 16) {
        weightLine(v128.load(t), v128.load(t, 48), v128.load(t, 96), l, 48)
      }
      for (let i = 0, l = lines, out = u; i < 6; i++, l += 48, out += 6 * step) {
        weightLine(v128.load(l), v128.load(l, 16), v128.load(l, 32), out, step)
      }
    }
  }
}

/**
 * 3×3 convolution with stride 1 and padding 1 by F(4×4, 3×3). For each block of columns (tiles × images), which a thread keeps
 * in its cache: V = Bᵀ d B for all input channels, 36 products M[ξ] = U[ξ] V[ξ], Y = Aᵀ M A.
 * V[ξ][column/8][C][8], M[ξ][K/4][column/8][4][8].
 * Arguments: x, u, y, C, K, height, width, lanes, quads of columns in a block (even), quads in a block of images, bytes in u
 * from one ξ to the next.
 */
export function winograd4(thread: i32, threads: i32): void {
  const C = int(3), K = int(4), height = int(5), width = int(6), lanes = int(7), blockQuads = int(8)
  const uStep = <usize>int(10)
  const total = layOut(height, width, lanes, 4, int(9))
  const kPanels = (K + 3) >> 2
  const vStep = ((<usize>(blockQuads * C)) << 4) + 64
  const mStep = ((<usize>(blockQuads * kPanels)) << 6) + 64
  const temporary = scratch(thread)
  const v = temporary + temporaryBytes
  const m = v + 36 * vStep
  const blocks = (total + blockQuads - 1) / blockQuads
  const end = share(blocks, thread + 1, threads)
  for (let block = share(blocks, thread, threads); block < end; block++) {
    const first = block * blockQuads
    const quads = min(blockQuads, total - first)
    const panels = (quads + 1) >> 1
    for (let q = 0; q < quads; ) {
      locate(first + q)
      const run = min(quadsLeft, quads - q)
      inputRun(q, run, C, height, width, lanes, temporary, v, vStep)
      q += run
    }
    for (let xi: usize = 0; xi < 36; xi++) {
      multiply(ptr(1) + xi * uStep, v + xi * vStep, m + xi * mStep, C, kPanels, panels)
    }
    for (let q = 0; q < quads; ) {
      locate(first + q)
      const run = min(quadsLeft, quads - q)
      outputRun(q, run, K, height, width, lanes, panels, temporary, m, mStep)
      q += run
    }
  }
}

/** M = U V for one ξ. */
@inline
function multiply(u: usize, v: usize, m: usize, C: i32, kPanels: i32, panels: i32): void {
  const uPanel = <usize>C << 4, vPanel = <usize>C << 5
  for (let k = 0; k < kPanels; k++, u += uPanel) {
    for (let p = 0, b = v; p < panels; p++, b += vPanel, m += 128) productTile(u, b, C, m)
  }
}

/** Transform `run` quads of the located tile, all channels, into V from its quad `q` on. */
function inputRun(
  q: i32, run: i32, C: i32, height: i32, width: i32, lanes: i32, temporary: usize, v: usize, vStep: usize,
): void {
  const px = <usize>lanes << 2, row = px * <usize>width, plane = row * <usize>height
  const top = 4 * tileRow - 1, left = 4 * tileColumn - 1
  let d = ptr(0) + <usize>top * row + <usize>left * px + (<usize>quad << 4)
  const rows = inside(top, height), columns = inside(left, width)
  const inner = rows == 63 && columns == 63
  const panel = <usize>C << 5
  for (let c = 0; c < C; c++, d += plane, v += 32) {
    for (let i = q, s = d; i < q + run; i++, s += 16) {
      const out = v + <usize>(i >> 1) * panel + (<usize>(i & 1) << 4)
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

/** Transform `run` quads of products back and store them in the located tile of y. */
function outputRun(
  q: i32, run: i32, K: i32, height: i32, width: i32, lanes: i32, panels: i32, temporary: usize, m: usize, mStep: usize,
): void {
  const px = <usize>lanes << 2, row = px * <usize>width, plane = row * <usize>height
  const top = 4 * tileRow, left = 4 * tileColumn
  const tileHeight = min(4, height - top), tileWidth = min(4, width - left)
  let y = ptr(2) + <usize>top * row + <usize>left * px + (<usize>quad << 4)
  for (let k = 0; k < K; k++, y += plane) {
    const from = m + (<usize>((k >> 2) * panels) << 7) + (<usize>(k & 3) << 5)
    for (let i = q, t = y; i < q + run; i++, t += 16) {
      const s = from + (<usize>(i >> 1) << 7) + (<usize>(i & 1) << 4)
      transformOutput(s, mStep, temporary, t, row, px, tileHeight, tileWidth)
    }
  }
}
