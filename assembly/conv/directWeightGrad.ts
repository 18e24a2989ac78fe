import { int, ptr, scratch, share } from '../call'
import { dotTile } from './gemm'

/**
 * Weight gradient of any convolution: dots of the rows of dy with the gathered rows of x, over blocks of columns (output pixels
 * × quads of images). Each thread sums its columns into its own part; `convDirectWeightGradEnd` adds the parts in fixed order.
 * a[K/2][quad][2][4] from dy, b[(tap, C)/4][quad][4][4] from x, part[group][K/2][(tap, C)/4][2][4].
 * Arguments: x, dy, parts, table of the taps' (dh, dw), taps, C and K of a group, groups, lanes, height, width, output height
 * and width, row and column stride, quads in a block, bytes of a part.
 */
export function convDirectWeightGrad(thread: i32, threads: i32): void {
  const taps = int(4), C = int(5), K = int(6), groups = int(7)
  const px = <usize>int(8) << 2, imageQuads = int(8) >> 2
  const columns = int(12), pixels = int(11) * columns, blockQuads = int(15)
  const plane = px * <usize>int(9) * <usize>int(10), outPlane = px * <usize>pixels
  const total = pixels * imageQuads
  const blocks = (total + blockQuads - 1) / blockQuads
  const kPanels = (K + 1) >> 1, bPanels = (taps * C + 3) >> 2
  const part = ptr(2) + <usize>thread * <usize>int(16)
  const a = scratch(thread), b = a + (<usize>(kPanels * blockQuads) << 5)
  const start = share(blocks, thread, threads), end = share(blocks, thread + 1, threads)
  if (start == end) memory.fill(part, 0, int(16))
  for (let block = start; block < end; block++) {
    const first = block * blockQuads
    const quads = min(blockQuads, total - first)
    let out = part
    for (let group = 0; group < groups; group++) {
      let dy = ptr(1) + <usize>(group * K) * outPlane + (<usize>first << 4)
      for (let k = 0; k < K; k++, dy += outPlane) {
        let t = a + (<usize>((k >> 1) * quads) << 5) + (<usize>(k & 1) << 4)
        for (let q = 0, s = dy; q < quads; q++, s += 16, t += 32) v128.store(t, v128.load(s))
      }
      const x = ptr(0) + <usize>(group * C) * plane
      for (let q = 0; q < quads; ) {
        const pixel = (first + q) / imageQuads
        const quad = first + q - pixel * imageQuads
        const run = min(imageQuads - quad, quads - q)
        const i = pixel / columns, j = pixel - i * columns
        gather(x + (<usize>quad << 4), i * int(13), j * int(14), q, run, quads, b)
        q += run
      }
      for (let k = 0, ak = a; k < kPanels; k++, ak += <usize>quads << 5) {
        for (let c = 0, bc = b; c < bPanels; c++, bc += <usize>quads << 6, out += 32) {
          dotTile(ak, bc, quads, out, block == start)
        }
      }
    }
  }
}

/** Copy the pixels under all taps, `run` quads of all channels, into b from quad `q` of the block on. */
function gather(source: usize, row: i32, column: i32, q: i32, run: i32, quads: i32, b: usize): void {
  const taps = int(4), C = int(5), height = int(9), width = int(10)
  const px = <usize>int(8) << 2, plane = px * <usize>height * <usize>width
  let table = ptr(3)
  for (let tap = 0, e = 0; tap < taps; tap++, table += 8) {
    const h = row + load<i32>(table), w = column + load<i32>(table, 4)
    const inside = <u32>h < <u32>height && <u32>w < <u32>width
    let from = source + <usize>(h * width + w) * px
    for (let c = 0; c < C; c++, e++, from += plane) {
      let t = b + (<usize>((e >> 2) * quads + q) << 6) + (<usize>(e & 3) << 4)
      const last = t + (<usize>run << 6)
      if (inside) for (let s = from; t < last; t += 64, s += 16) v128.store(t, v128.load(s))
      else for (; t < last; t += 64) v128.store(t, f32x4.splat(0))
    }
  }
}

/**
 * dw (groups · K, C, taps) = sum of the parts. Arguments: dw, parts, K, C, taps, groups, bytes of a part, number of parts.
 */
export function convDirectWeightGradEnd(thread: i32, threads: i32): void {
  const K = int(2), C = int(3), taps = int(4), groups = int(5), size = <usize>int(6), parts = int(7)
  const kPanels = (K + 1) >> 1, bPanels = (taps * C + 3) >> 2
  const end = share(groups * K, thread + 1, threads)
  for (let item = share(groups * K, thread, threads); item < end; item++) {
    const group = item / K, k = item - group * K
    const row = ptr(1) + (<usize>((group * kPanels + (k >> 1)) * bPanels) << 5) + (<usize>(k & 1) << 4)
    let dw = ptr(0) + (<usize>(item * C * taps) << 2)
    for (let c = 0; c < C; c++) {
      for (let tap = 0, e = c; tap < taps; tap++, e += C, dw += 4) {
        let p = row + (<usize>(e >> 2) << 5) + (<usize>(e & 3) << 2)
        let sum = load<f32>(p)
        for (let part = 1; part < parts; part++) {
          p += size
          sum += load<f32>(p)
        }
        store<f32>(dw, sum)
      }
    }
  }
}
