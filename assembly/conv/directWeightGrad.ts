import { scratch, share } from '../call'
import { LANES_SHIFT, VECTOR, VECTOR_SHIFT } from '../simd'
import { dotBytes, dotOffset, dotTiles, paddedRows, panelCount, panelStart, sumsBytes } from './gemm'

/**
 * Weight gradient of any convolution: dots of the rows of dy with the gathered rows of x, over blocks of columns (output pixels
 * × vectors of images). Either each thread sums its share of the columns into its own part, and `convDirectWeightGradEnd` adds
 * the parts in fixed order; or, where there are few columns and many weights, each thread makes its rows of one part.
 * a[K/2][vector][2] from dy, b[panel of (tap, C)][vector][rows of the panel] from x, part[group][K/2][panel] dot tiles.
 * @param table the taps' (dh, dw)
 * @param C input channels of a group; K: output channels of a group
 * @param lanes images of a block of images
 * @param blockVectors vectors in a block
 * @param partStep bytes from one part to the next, or 0 to split the rows
 * @param firstRow first row of the outputs to sum over, and `rows` of them; columns likewise
 * @param partBytes bytes of a part
 * @param imageBlocks blocks of images
 */
export function convDirectWeightGrad(
  thread: i32, threads: i32, x: usize, dy: usize, parts: usize, table: usize, taps: i32, C: i32, K: i32, groups: i32,
  lanes: i32, height: i32, width: i32, outHeight: i32, outWidth: i32, rowStride: i32, columnStride: i32, blockVectors: i32,
  partStep: usize, firstRow: i32, firstColumn: i32, rows: i32, columns: i32, partBytes: usize, imageBlocks: i32,
): void {
  const px = <usize>lanes << 2, imageVectors = lanes >> LANES_SHIFT
  const splitRows = partStep == 0
  const plane = px * <usize>height * <usize>width, outPlane = px * <usize>outHeight * <usize>outWidth
  const channel = plane * <usize>imageBlocks, outChannel = outPlane * <usize>imageBlocks
  const pixels = rows * columns, total = pixels * imageVectors * imageBlocks
  const blocks = (total + blockVectors - 1) / blockVectors
  const kPanels = (K + 1) >> 1, padded = paddedRows(taps * C), bPanels = panelCount(padded)
  const kStart = splitRows ? share(kPanels, thread, threads) : 0
  const kEnd = splitRows ? share(kPanels, thread + 1, threads) : kPanels
  const kTo = min(K, kEnd << 1)
  const start = splitRows ? 0 : share(blocks, thread, threads)
  const end = splitRows ? blocks : share(blocks, thread + 1, threads)
  const part = parts + <usize>thread * partStep
  const sums = scratch(thread), a = sums + sumsBytes, b = a + (<usize>(kPanels * blockVectors) << (VECTOR_SHIFT + 1))
  if (start == end && (thread == 0 || !splitRows)) memory.fill(part, 0, partBytes)
  for (let block = start; block < end; block++) {
    const first = block * blockVectors
    const vectors = min(blockVectors, total - first)
    for (let group = 0; group < groups; group++) {
      const xGroup = x + <usize>(group * C) * channel
      const dyGroup = dy + <usize>(group * K) * outChannel
      for (let q = 0; q < vectors; ) {
        const place = (first + q) / imageVectors
        const vector = first + q - place * imageVectors
        const run = min(imageVectors - vector, vectors - q)
        const image = place / pixels, pixel = place - image * pixels
        const row = pixel / columns
        const i = firstRow + row, j = firstColumn + pixel - row * columns
        let d = dyGroup + <usize>image * outPlane + <usize>(i * outWidth + j) * px + (<usize>vector << VECTOR_SHIFT)
        d += <usize>(kStart << 1) * outChannel
        for (let k = kStart << 1; k < kTo; k++, d += outChannel) {
          let t = a + (<usize>(((k >> 1) - kStart) * vectors + q) << (VECTOR_SHIFT + 1)) + (<usize>(k & 1) << VECTOR_SHIFT)
          for (let n = 0, s = d; n < run; n++, s += VECTOR, t += 2 * VECTOR) v128.store(t, v128.load(s))
        }
        const from = xGroup + <usize>image * plane + (<usize>vector << VECTOR_SHIFT)
        const h = i * rowStride, w = j * columnStride
        gather(from, channel, h, w, table, taps, C, height, width, px, q, run, vectors, b)
        q += run
      }
      const out = part + <usize>((group * kPanels + kStart) * bPanels) * dotBytes
      dotTiles(a, kEnd - kStart, b, padded, vectors, sums, out, block == start)
    }
  }
}

/** Copy the pixels under all taps, `run` vectors of all channels, into b from vector `q` of the block on. */
function gather(
  source: usize, channel: usize, row: i32, column: i32, table: usize, taps: i32, C: i32, height: i32, width: i32, px: usize,
  q: i32, run: i32, vectors: i32, b: usize,
): void {
  const padded = paddedRows(taps * C)
  let start = 0, count = 0
  for (let tap = 0, e = 0, panel = 0; tap < taps; tap++, table += 8) {
    const h = row + load<i32>(table), w = column + load<i32>(table, 4)
    const inside = <u32>h < <u32>height && <u32>w < <u32>width
    let from = source + <usize>(h * width + w) * px
    for (let c = 0; c < C; c++, e++, from += channel) {
      if (e == start + count) {
        start = e
        count = panelStart(padded, ++panel) - start
      }
      const step = <usize>count << VECTOR_SHIFT
      let t = b + (<usize>(start * vectors + q * count + e - start) << VECTOR_SHIFT)
      const last = t + <usize>run * step
      if (inside) for (let s = from; t < last; t += step, s += VECTOR) v128.store(t, v128.load(s))
      else for (; t < last; t += step) v128.store(t, f32x4.splat(0))
    }
  }
}

/**
 * dw (groups · K, C, kernel) = sum of the parts, for some taps of the kernel.
 * @param partBytes bytes of a part
 * @param count number of parts
 * @param table the taps' byte offsets
 * @param kernel bytes of a kernel
 */
export function convDirectWeightGradEnd(
  thread: i32, threads: i32, dw: usize, parts: usize, K: i32, C: i32, taps: i32, groups: i32, partBytes: usize, count: i32,
  table: usize, kernel: usize,
): void {
  const kPanels = (K + 1) >> 1, padded = paddedRows(taps * C), bPanels = panelCount(padded)
  const end = share(groups * K, thread + 1, threads)
  for (let item = share(groups * K, thread, threads); item < end; item++) {
    const group = item / K, k = item - group * K
    let tile = parts + <usize>((group * kPanels + (k >> 1)) * bPanels - 1) * dotBytes
    const kernels = dw + <usize>(item * C) * kernel
    let start = 0, next = 0
    for (let tap = 0, e = 0, panel = 0; tap < taps; tap++) {
      let to = kernels + load<usize>(table + (<usize>tap << 2))
      for (let c = 0; c < C; c++, e++, to += kernel) {
        if (e == next) {
          start = e
          next = panelStart(padded, ++panel)
          tile += dotBytes
        }
        let p = tile + dotOffset(k & 1, e - start)
        let sum = load<f32>(p)
        for (let part = 1; part < count; part++) {
          p += partBytes
          sum += load<f32>(p)
        }
        store<f32>(to, sum)
      }
    }
  }
}
