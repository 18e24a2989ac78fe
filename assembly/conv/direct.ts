import { claim, scratch } from '../call'
import { LANES_SHIFT, VECTOR, VECTOR_SHIFT } from '../simd'
import { finishRun, selectChannel, setEpilogue } from './epilogue'
import { paddedRows, panelCount, panelStart, productTile } from './gemm'

/**
 * Convolution of any kind as a product of packed weights with gathered pixels: for each block of columns (target pixels × vectors
 * of images), the pixels under all taps are copied into panels b[pair of columns][tap][C][2], zeros outside the plane, and multiplied
 * by a[group][panel of M][tap][C][rows of the panel].
 *
 * Target pixel (i, j) of the walk reads source pixel (i · sourceRowStep + dh, j · sourceColumnStep + dw) for each tap (dh, dw).
 * The forward pass walks all outputs. The input gradient walks the inputs of one residue class modulo the stride at a time:
 * they all see the same taps, in neighbouring outputs.
 *
 * @param table the taps' (dh, dw)
 * @param lanes images of a block of images
 * @param rows rows of the walk; columns: likewise
 * @param firstRow first target row; rowStep: from one target row to the next
 * @param blockVectors vectors in a block, an even number
 * @param imageBlocks blocks of images
 */
export function convDirect(
  thread: i32, threads: i32, source: usize, a: usize, target: usize, table: usize, taps: i32, C: i32, M: i32, groups: i32,
  lanes: i32, sourceHeight: i32, sourceWidth: i32, targetHeight: i32, targetWidth: i32, rows: i32, columns: i32,
  firstRow: i32, firstColumn: i32, rowStep: i32, columnStep: i32, sourceRowStep: i32, sourceColumnStep: i32,
  blockVectors: i32, imageBlocks: i32, finishes: bool, scales: usize, shifts: usize, residual: usize, relu: bool, pixelVectors: i32,
  paddedLanes: i32,
): void {
  const px = <usize>lanes << 2
  const targetPlane = px * <usize>(targetWidth * targetHeight), target1 = targetPlane * <usize>imageBlocks
  const sourcePlane = px * <usize>sourceHeight * <usize>sourceWidth, source1 = sourcePlane * <usize>imageBlocks
  const pixels = rows * columns
  const imageVectors = lanes >> LANES_SHIFT
  const total = pixels * imageVectors * imageBlocks
  const blocks = (total + blockVectors - 1) / blockVectors
  const length = taps * C, panelBytes = <usize>length << (VECTOR_SHIFT + 1)
  const padded = paddedRows(M), panels = panelCount(padded)
  if (finishes) setEpilogue(target, scales, shifts, residual, relu, pixelVectors, paddedLanes)
  const offsets = scratch(thread), b = offsets + (((<usize>blockVectors << 2) + 63) & ~63)
  for (let item = claim(1); item < groups * blocks; item = claim(1)) {
    const group = item / blocks
    const first = (item - group * blocks) * blockVectors
    const vectors = min(blockVectors, total - first)
    const sources = source + <usize>(group * C) * source1
    for (let q = 0; q < vectors; ) {
      const place = (first + q) / imageVectors
      const vector = first + q - place * imageVectors
      const run = min(imageVectors - vector, vectors - q)
      const image = place / pixels, pixel = place - image * pixels
      const i = pixel / columns, j = pixel - i * columns
      const from = sources + <usize>image * sourcePlane + (<usize>vector << VECTOR_SHIFT)
      const h = i * sourceRowStep, w = j * sourceColumnStep
      gather(from, source1, h, w, table, taps, C, sourceHeight, sourceWidth, px, q, run, b, panelBytes)
      const row = firstRow + i * rowStep, column = firstColumn + j * columnStep
      let offset = <usize>image * targetPlane + <usize>(row * targetWidth + column) * px + (<usize>vector << VECTOR_SHIFT)
      for (let k = q; k < q + run; k++, offset += VECTOR) store<usize>(offsets + (<usize>k << 2), offset)
      q += run
    }
    if (vectors & 1) store<usize>(offsets + (<usize>vectors << 2), load<usize>(offsets + (<usize>(vectors - 1) << 2)))
    const aGroup = a + ((<usize>(group * padded * length)) << 2)
    const targets = target + <usize>(group * M) * target1
    for (let p = 0, m = 0; p < panels; p++) {
      const panelRows = panelStart(padded, p + 1) - m
      const weights = aGroup + (<usize>(m * length) << 2), to = targets + <usize>m * target1
      for (let q = 0, o = offsets, panel = b; q < vectors; q += 2, o += 8, panel += panelBytes) {
        productTile(panelRows, weights, panel, 2 * VECTOR, length, to + load<usize>(o), to + load<usize>(o, 4), target1, M - m)
      }
      if (finishes) finishPanel(group * M + m, min(panelRows, M - m), to, target1, offsets, vectors)
      m += panelRows
    }
  }
}

/** The epilogue of `rows` output channels from `k` on, whose sums lie in y from `to` on, a channel apart, at `vectors` offsets. */
function finishPanel(k: i32, rows: i32, to: usize, channel: usize, offsets: usize, vectors: i32): void {
  const end = offsets + (<usize>vectors << 2)
  for (let o = offsets; o < end; ) {
    const from = load<usize>(o)
    let past = from
    for (; o < end && load<usize>(o) == past; o += 4) past += VECTOR
    let y = to
    for (let r = 0; r < rows; r++, y += channel) {
      selectChannel(k + r)
      finishRun(y, from, past)
    }
  }
}

/** Copy the pixels under all taps, `run` vectors of all channels, into the panels from vector `q` of the block on. */
function gather(
  source: usize, channel: usize, row: i32, column: i32, table: usize, taps: i32, C: i32, height: i32, width: i32, px: usize,
  q: i32, run: i32, b: usize, panelBytes: usize,
): void {
  const end = q + run
  for (let tap = 0; tap < taps; tap++, table += 8) {
    const h = row + load<i32>(table), w = column + load<i32>(table, 4)
    let to = b + (<usize>(tap * C) << (VECTOR_SHIFT + 1))
    if (<u32>h < <u32>height && <u32>w < <u32>width) {
      let from = source + <usize>(h * width + w) * px
      for (let c = 0; c < C; c++, from += channel, to += 2 * VECTOR) {
        let s = from
        let k = q
        if (k & 1) {
          v128.store(to + <usize>(k >> 1) * panelBytes, v128.load(s), VECTOR)
          k++
          s += VECTOR
        }
        let t = to + <usize>(k >> 1) * panelBytes
        for (; k + 2 <= end; k += 2, s += 2 * VECTOR, t += panelBytes) {
          v128.store(t, v128.load(s))
          v128.store(t, v128.load(s, VECTOR), VECTOR)
        }
        if (k < end) v128.store(t, v128.load(s))
      }
    } else {
      for (let c = 0; c < C; c++, to += 2 * VECTOR) {
        for (let k = q; k < end; k++) {
          v128.store(to + <usize>(k >> 1) * panelBytes + (<usize>(k & 1) << VECTOR_SHIFT), f32x4.splat(0))
        }
      }
    }
  }
}
