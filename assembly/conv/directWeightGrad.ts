import { int, ptr, scratch, share } from '../call'
import { dotBytes, dotOffset, dotTiles, paddedRows, panelCount, panelStart } from './gemm'

/**
 * Weight gradient of any convolution: dots of the rows of dy with the gathered rows of x, over blocks of columns (output pixels
 * × quads of images). Either each thread sums its share of the columns into its own part, and `convDirectWeightGradEnd` adds
 * the parts in fixed order; or, where there are few columns and many weights, each thread makes its rows of one part.
 * a[K/2][quad][2][4] from dy, b[panel of (tap, C)][quad][rows of the panel][4] from x, part[group][K/2][panel] dot tiles.
 * Arguments: x, dy, parts, table of the taps' (dh, dw), taps, C and K of a group, groups, lanes of a block of images, height, width, output height
 * and width, row and column stride, quads in a block, bytes from one part to the next or 0 to split the rows; first row and
 * column, rows and columns of the outputs to sum over, bytes of a part; blocks of images.
 */
export function convDirectWeightGrad(thread: i32, threads: i32): void {
  const taps = int(4), C = int(5), K = int(6), groups = int(7)
  const px = <usize>int(8) << 2, imageQuads = int(8) >> 2
  const outWidth = int(12), columns = int(20), blockQuads = int(15), splitRows = int(16) == 0
  const plane = px * <usize>int(9) * <usize>int(10), outPlane = px * <usize>int(11) * <usize>outWidth
  const channel = plane * <usize>int(22), outChannel = outPlane * <usize>int(22)
  const pixels = int(19) * columns, total = pixels * imageQuads * int(22)
  const blocks = (total + blockQuads - 1) / blockQuads
  const kPanels = (K + 1) >> 1, padded = paddedRows(taps * C), bPanels = panelCount(padded)
  const kStart = splitRows ? share(kPanels, thread, threads) : 0
  const kEnd = splitRows ? share(kPanels, thread + 1, threads) : kPanels
  const kTo = min(K, kEnd << 1)
  const start = splitRows ? 0 : share(blocks, thread, threads)
  const end = splitRows ? blocks : share(blocks, thread + 1, threads)
  const part = ptr(2) + <usize>thread * <usize>int(16)
  const sums = scratch(thread), a = sums + 192, b = a + (<usize>(kPanels * blockQuads) << 5)
  if (start == end && (thread == 0 || !splitRows)) memory.fill(part, 0, int(21))
  for (let block = start; block < end; block++) {
    const first = block * blockQuads
    const quads = min(blockQuads, total - first)
    for (let group = 0; group < groups; group++) {
      const x = ptr(0) + <usize>(group * C) * channel
      const dy = ptr(1) + <usize>(group * K) * outChannel
      for (let q = 0; q < quads; ) {
        const place = (first + q) / imageQuads
        const quad = first + q - place * imageQuads
        const run = min(imageQuads - quad, quads - q)
        const image = place / pixels, pixel = place - image * pixels
        const row = pixel / columns
        const i = int(17) + row, j = int(18) + pixel - row * columns
        let d = dy + <usize>image * outPlane + <usize>(i * outWidth + j) * px + (<usize>quad << 4)
        d += <usize>(kStart << 1) * outChannel
        for (let k = kStart << 1; k < kTo; k++, d += outChannel) {
          let t = a + (<usize>(((k >> 1) - kStart) * quads + q) << 5) + (<usize>(k & 1) << 4)
          for (let n = 0, s = d; n < run; n++, s += 16, t += 32) v128.store(t, v128.load(s))
        }
        gather(x + <usize>image * plane + (<usize>quad << 4), channel, i * int(13), j * int(14), q, run, quads, b)
        q += run
      }
      const out = part + <usize>((group * kPanels + kStart) * bPanels) * dotBytes
      dotTiles(a, kEnd - kStart, b, padded, quads, sums, out, block == start)
    }
  }
}

/** Copy the pixels under all taps, `run` quads of all channels, into b from quad `q` of the block on. */
function gather(source: usize, channel: usize, row: i32, column: i32, q: i32, run: i32, quads: i32, b: usize): void {
  const taps = int(4), C = int(5), height = int(9), width = int(10)
  const px = <usize>int(8) << 2
  const padded = paddedRows(taps * C)
  let table = ptr(3), start = 0, count = 0
  for (let tap = 0, e = 0, panel = 0; tap < taps; tap++, table += 8) {
    const h = row + load<i32>(table), w = column + load<i32>(table, 4)
    const inside = <u32>h < <u32>height && <u32>w < <u32>width
    let from = source + <usize>(h * width + w) * px
    for (let c = 0; c < C; c++, e++, from += channel) {
      if (e == start + count) {
        start = e
        count = panelStart(padded, ++panel) - start
      }
      const step = <usize>count << 4
      let t = b + (<usize>(start * quads + q * count + e - start) << 4)
      const last = t + <usize>run * step
      if (inside) for (let s = from; t < last; t += step, s += 16) v128.store(t, v128.load(s))
      else for (; t < last; t += step) v128.store(t, f32x4.splat(0))
    }
  }
}

/**
 * dw (groups · K, C, kernel) = sum of the parts, for some taps of the kernel.
 * Arguments: dw, parts, K, C, taps, groups, bytes of a part, number of parts, table of the taps' byte offsets, bytes of a kernel.
 */
export function convDirectWeightGradEnd(thread: i32, threads: i32): void {
  const K = int(2), C = int(3), taps = int(4), groups = int(5), size = <usize>int(6), parts = int(7), kernel = <usize>int(9)
  const kPanels = (K + 1) >> 1, padded = paddedRows(taps * C), bPanels = panelCount(padded)
  const end = share(groups * K, thread + 1, threads)
  for (let item = share(groups * K, thread, threads); item < end; item++) {
    const group = item / K, k = item - group * K
    let tile = ptr(1) + <usize>((group * kPanels + (k >> 1)) * bPanels - 1) * dotBytes
    const dw = ptr(0) + <usize>(item * C) * kernel
    let start = 0, next = 0
    for (let tap = 0, e = 0, panel = 0; tap < taps; tap++) {
      let to = dw + load<usize>(ptr(8) + (<usize>tap << 2))
      for (let c = 0; c < C; c++, e++, to += kernel) {
        if (e == next) {
          start = e
          next = panelStart(padded, ++panel)
          tile += dotBytes
        }
        let p = tile + dotOffset(k & 1, e - start)
        let sum = load<f32>(p)
        for (let part = 1; part < parts; part++) {
          p += size
          sum += load<f32>(p)
        }
        store<f32>(to, sum)
      }
    }
  }
}
