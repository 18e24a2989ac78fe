import { claim, int, ptr, scratch } from '../call'
import { finishRun, readEpilogue, selectChannel } from './epilogue'
import { paddedRows, panelCount, panelStart, productTile } from './gemm'

/**
 * Convolution of any kind as a product of packed weights with gathered pixels: for each block of columns (target pixels × quads
 * of images), the pixels under all taps are copied into panels b[column/8][tap][C][8], zeros outside the plane, and multiplied
 * by a[group][panel of M][tap][C][rows of the panel].
 *
 * Target pixel (i, j) of the walk reads source pixel (i · sourceRowStep + dh, j · sourceColumnStep + dw) for each tap (dh, dw).
 * The forward pass walks all outputs. The input gradient walks the inputs of one residue class modulo the stride at a time:
 * they all see the same taps, in neighbouring outputs.
 *
 * Arguments: source, a, target, table of the taps' (dh, dw), taps, C, M, groups, lanes of a block of images, source height and width, target
 * height and width, rows and columns of the walk, first target row and column, target row and column step, source row and column
 * step, quads in a block (even), blocks of images, epilogue.
 */
export function convDirect(thread: i32, threads: i32): void {
  const taps = int(4), C = int(5), M = int(6), groups = int(7)
  const px = <usize>int(8) << 2, images = <usize>int(22)
  const targetWidth = <usize>int(12), targetPlane = px * targetWidth * <usize>int(11), target1 = targetPlane * images
  const sourcePlane = px * <usize>int(9) * <usize>int(10), source1 = sourcePlane * images
  const columns = int(14), pixels = int(13) * columns, blockQuads = int(21)
  const imageQuads = int(8) >> 2
  const total = pixels * imageQuads * int(22)
  const blocks = (total + blockQuads - 1) / blockQuads
  const length = taps * C, panelBytes = <usize>length << 5
  const padded = paddedRows(M), panels = panelCount(padded)
  const finishes = readEpilogue(23, ptr(2))
  const offsets = scratch(thread), b = offsets + (((<usize>blockQuads << 2) + 63) & ~63)
  for (let item = claim(1); item < groups * blocks; item = claim(1)) {
    const group = item / blocks
    const first = (item - group * blocks) * blockQuads
    const quads = min(blockQuads, total - first)
    const source = ptr(0) + <usize>(group * C) * source1
    for (let q = 0; q < quads; ) {
      const place = (first + q) / imageQuads
      const quad = first + q - place * imageQuads
      const run = min(imageQuads - quad, quads - q)
      const image = place / pixels, pixel = place - image * pixels
      const i = pixel / columns, j = pixel - i * columns
      const from = source + <usize>image * sourcePlane + (<usize>quad << 4)
      gather(from, source1, i * int(19), j * int(20), taps, C, q, run, b, panelBytes)
      const row = <usize>(int(15) + i * int(17)), column = <usize>(int(16) + j * int(18))
      let offset = <usize>image * targetPlane + (row * targetWidth + column) * px + (<usize>quad << 4)
      for (let k = q; k < q + run; k++, offset += 16) store<usize>(offsets + (<usize>k << 2), offset)
      q += run
    }
    if (quads & 1) store<usize>(offsets + (<usize>quads << 2), load<usize>(offsets + (<usize>(quads - 1) << 2)))
    const a = ptr(1) + ((<usize>(group * padded * length)) << 2)
    const target = ptr(2) + <usize>(group * M) * target1
    for (let p = 0, m = 0; p < panels; p++) {
      const rows = panelStart(padded, p + 1) - m
      const weights = a + (<usize>(m * length) << 2), to = target + <usize>m * target1
      for (let q = 0, o = offsets, panel = b; q < quads; q += 2, o += 8, panel += panelBytes) {
        productTile(rows, weights, panel, 32, length, to + load<usize>(o), to + load<usize>(o, 4), target1, M - m)
      }
      if (finishes) finishPanel(group * M + m, min(rows, M - m), to, target1, offsets, quads)
      m += rows
    }
  }
}

/** The epilogue of `rows` output channels from `k` on, whose sums lie in y from `to` on, a channel apart, at `quads` offsets. */
function finishPanel(k: i32, rows: i32, to: usize, channel: usize, offsets: usize, quads: i32): void {
  const end = offsets + (<usize>quads << 2)
  for (let o = offsets; o < end; ) {
    const from = load<usize>(o)
    let past = from
    for (; o < end && load<usize>(o) == past; o += 4) past += 16
    let y = to
    for (let r = 0; r < rows; r++, y += channel) {
      selectChannel(k + r)
      finishRun(y, from, past)
    }
  }
}

/** Copy the pixels under all taps, `run` quads of all channels, into the panels from quad `q` of the block on. */
function gather(
  source: usize, channel: usize, row: i32, column: i32, taps: i32, C: i32, q: i32, run: i32, b: usize, panelBytes: usize,
): void {
  const height = int(9), width = int(10)
  const px = <usize>int(8) << 2
  let table = ptr(3)
  const end = q + run
  for (let tap = 0; tap < taps; tap++, table += 8) {
    const h = row + load<i32>(table), w = column + load<i32>(table, 4)
    let to = b + (<usize>(tap * C) << 5)
    if (<u32>h < <u32>height && <u32>w < <u32>width) {
      let from = source + <usize>(h * width + w) * px
      for (let c = 0; c < C; c++, from += channel, to += 32) {
        let s = from
        let k = q
        if (k & 1) {
          v128.store(to + <usize>(k >> 1) * panelBytes, v128.load(s), 16)
          k++
          s += 16
        }
        let t = to + <usize>(k >> 1) * panelBytes
        for (; k + 2 <= end; k += 2, s += 32, t += panelBytes) {
          v128.store(t, v128.load(s))
          v128.store(t, v128.load(s, 16), 16)
        }
        if (k < end) v128.store(t, v128.load(s))
      }
    } else {
      for (let c = 0; c < C; c++, to += 32) {
        for (let k = q; k < end; k++) {
          v128.store(to + <usize>(k >> 1) * panelBytes + (<usize>(k & 1) << 4), f32x4.splat(0))
        }
      }
    }
  }
}
