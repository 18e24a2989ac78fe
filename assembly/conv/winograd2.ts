import { int, ptr, scratch, share } from '../call'
import { dotTiles, productTiles } from './gemm'
import { weightStep } from './winograd'
import { gatherKernels } from './winogradTransforms'

/**
 * 3×3 convolution with padding 1 of 2×2 planes, where each output sees only 4 of the 9 taps. Along one axis,
 *
 *   y₀ = w₁ x₀ + w₂ x₁     m₀ = w₁ (x₀ + x₁)     y₀ = m₀ + m₁
 *   y₁ = w₀ x₀ + w₁ x₁     m₁ = (w₂ − w₁) x₁     y₁ = m₀ + m₂
 *                          m₂ = (w₀ − w₁) x₀
 *
 * takes three products instead of four (Winograd's F(2, 2)); along both, 9 instead of 16. All coefficients are ±1, so that
 * nothing is lost in precision. A plane is one tile, and the columns of the products are the images.
 */

/** Bytes of the 9 product tiles of four output channels and two quads; an odd number of cache lines. */
const productBytes: usize = 9 * 128 + 64

/** (b, c − b, a − b) of a row or column of taps (a, b, c), to `out`, `step` bytes apart. */
@inline
function weightLine(a: v128, b: v128, c: v128, out: usize, step: usize): void {
  v128.store(out, b)
  v128.store(out + step, f32x4.sub(c, b))
  v128.store(out + 2 * step, f32x4.sub(a, b))
}

/** (d₀ + d₁, d₁, d₀) along both axes of a plane of x, to `out`, `step` bytes apart. */
@inline
function transformInput(x: usize, px: usize, out: usize, step: usize): void {
  const d00 = v128.load(x), d01 = v128.load(x + px), d10 = v128.load(x + 2 * px), d11 = v128.load(x + 3 * px)
  const column0 = f32x4.add(d00, d10), column1 = f32x4.add(d01, d11)
  v128.store(out, f32x4.add(column0, column1))
  v128.store(out + step, column1)
  v128.store(out + 2 * step, column0)
  v128.store(out + 3 * step, f32x4.add(d10, d11))
  v128.store(out + 4 * step, d11)
  v128.store(out + 5 * step, d10)
  v128.store(out + 6 * step, f32x4.add(d00, d01))
  v128.store(out + 7 * step, d01)
  v128.store(out + 8 * step, d00)
}

/** (d₀ + d₁, d₀, d₁) along both axes of a plane of dy, the transpose of the way back. */
@inline
function transformGrad(dy: usize, px: usize, out: usize, step: usize): void {
  const d00 = v128.load(dy), d01 = v128.load(dy + px), d10 = v128.load(dy + 2 * px), d11 = v128.load(dy + 3 * px)
  const column0 = f32x4.add(d00, d10), column1 = f32x4.add(d01, d11)
  v128.store(out, f32x4.add(column0, column1))
  v128.store(out + step, column0)
  v128.store(out + 2 * step, column1)
  v128.store(out + 3 * step, f32x4.add(d00, d01))
  v128.store(out + 4 * step, d00)
  v128.store(out + 5 * step, d01)
  v128.store(out + 6 * step, f32x4.add(d10, d11))
  v128.store(out + 7 * step, d10)
  v128.store(out + 8 * step, d11)
}

/** (m₀ + m₁, m₀ + m₂) along both axes of 9 products, 128 bytes apart, to a plane of y. */
@inline
function transformOutput(m: usize, y: usize, px: usize): void {
  const m0 = v128.load(m), m1 = v128.load(m, 128), m2 = v128.load(m, 256)
  const top0 = f32x4.add(m0, v128.load(m, 384)), bottom0 = f32x4.add(m0, v128.load(m, 768))
  const top1 = f32x4.add(m1, v128.load(m, 512)), bottom1 = f32x4.add(m1, v128.load(m, 896))
  const top2 = f32x4.add(m2, v128.load(m, 640)), bottom2 = f32x4.add(m2, v128.load(m, 1024))
  v128.store(y, f32x4.add(top0, top1))
  v128.store(y + px, f32x4.add(top0, top2))
  v128.store(y + 2 * px, f32x4.add(bottom0, bottom1))
  v128.store(y + 3 * px, f32x4.add(bottom0, bottom2))
}

/** Transformed and packed weights, U[K/chunk][9][chunk/4][C][4]. Arguments: those of `winograd4Weights`. */
export function winograd2Weights(thread: i32, threads: i32): void {
  const K = int(2), C = int(3), rotate = int(6) != 0, chunk = int(7)
  const outer = <usize>int(4), inner = <usize>int(5)
  const taps = scratch(thread), lines = taps + 192
  const panels = (K + 3) >> 2
  const end = share(panels, thread + 1, threads)
  for (let panel = share(panels, thread, threads); panel < end; panel++) {
    const rows = min(4, K - 4 * panel)
    const first = panel / chunk * chunk
    const step = weightStep(C, min(chunk, panels - first))
    let u = ptr(0) + <usize>9 * weightStep(C, chunk) * <usize>(first / chunk) + (<usize>((panel - first) * C) << 4)
    let w = ptr(1) + <usize>(4 * panel) * outer
    for (let c = 0; c < C; c++, u += 16, w += inner) {
      gatherKernels(w, outer, rows, rotate, taps)
      for (let j: usize = 0; j < 48; j += 16) {
        weightLine(v128.load(taps + j), v128.load(taps + j, 48), v128.load(taps + j, 96), lines + j, 48)
      }
      for (let i = 0, l = lines, out = u; i < 3; i++, l += 48, out += 3 * step) {
        weightLine(v128.load(l), v128.load(l, 16), v128.load(l, 32), out, step)
      }
    }
  }
}

/**
 * The convolution, organized like `winograd4`: V[image/8][ξ][C][8], M[chunk/4][image/8][ξ][4][8].
 * Arguments: x, u, y, C, K, lanes, quads of images in a block (even), panels of four output channels in a chunk.
 */
export function winograd2(thread: i32, threads: i32): void {
  const C = int(3), K = int(4), blockQuads = int(6), chunk = int(7)
  const px = <usize>int(5) << 2, plane = px << 2
  const total = int(5) >> 2, kPanels = (K + 3) >> 2
  const vStep = (<usize>C << 5) + 64, vPanel = <usize>9 * vStep
  const m = scratch(thread), v = m + <usize>(chunk * (blockQuads >> 1)) * productBytes
  const blocks = (total + blockQuads - 1) / blockQuads
  const end = share(blocks, thread + 1, threads)
  for (let block = share(blocks, thread, threads); block < end; block++) {
    const first = block * blockQuads
    const quads = min(blockQuads, total - first), pairs = (quads + 1) >> 1
    const offset = <usize>first << 4
    const mPanel = <usize>pairs * productBytes
    for (let c = 0, x = ptr(0) + offset, to = v; c < C; c++, x += plane, to += 32) {
      for (let q = 0, d = x; q < quads; q++, d += 16) {
        transformInput(d, px, to + <usize>(q >> 1) * vPanel + (<usize>(q & 1) << 4), vStep)
      }
    }
    let u = ptr(1)
    for (let from = 0; from < kPanels; from += chunk) {
      const panels = min(chunk, kPanels - from)
      const uStep = weightStep(C, panels)
      for (let xi: usize = 0; xi < 9; xi++, u += uStep) {
        productTiles(u, panels, v + xi * vStep, vPanel, pairs, C, m + (xi << 7), mPanel, productBytes)
      }
      const last = min(K, 4 * (from + panels))
      for (let k = 4 * from, y = ptr(2) + <usize>k * plane + offset; k < last; k++, y += plane) {
        const products = m + <usize>((k >> 2) - from) * mPanel + (<usize>(k & 3) << 5)
        for (let q = 0, to = y; q < quads; q++, to += 16) {
          transformOutput(products + <usize>(q >> 1) * productBytes + (<usize>(q & 1) << 4), to, px)
        }
      }
    }
  }
}

/**
 * Weight gradient: each thread makes its rows of dU[ξ] = Σ over images of M[ξ] V[ξ]ᵀ, and from them those of dw.
 * M[ξ][K/2][quad][2][4], V[ξ][C/4][quad][4][4], dU[ξ][K/2][C/4][2][4].
 * Arguments: x, dy, dw, C, K, lanes, quads of images in a block.
 */
export function winograd2WeightGrad(thread: i32, threads: i32): void {
  const C = int(3), K = int(4), blockQuads = int(6)
  const px = <usize>int(5) << 2, plane = px << 2
  const total = int(5) >> 2
  const cPanels = (C + 3) >> 2, kPanels = (K + 1) >> 1
  const start = share(kPanels, thread, threads), rows = share(kPanels, thread + 1, threads) - start
  const kFrom = start << 1, kTo = min(K, (start + rows) << 1)
  const vStep = (<usize>(blockQuads * cPanels) << 6) + 64
  const mStep = (<usize>(blockQuads * kPanels) << 5) + 64
  const duStep = <usize>(rows * cPanels) << 5
  const v = scratch(thread), m = v + 9 * vStep, du = m + 9 * mStep
  for (let first = 0; first < total; first += blockQuads) {
    const quads = min(blockQuads, total - first)
    for (let c = 0, x = ptr(0) + (<usize>first << 4); c < C; c++, x += plane) {
      const to = v + (<usize>((c >> 2) * quads) << 6) + (<usize>(c & 3) << 4)
      for (let q: usize = 0; q < <usize>quads; q++) transformInput(x + (q << 4), px, to + (q << 6), vStep)
    }
    for (let k = kFrom, dy = ptr(1) + <usize>k * plane + (<usize>first << 4); k < kTo; k++, dy += plane) {
      const to = m + (<usize>(((k - kFrom) >> 1) * quads) << 5) + (<usize>(k & 1) << 4)
      for (let q: usize = 0; q < <usize>quads; q++) transformGrad(dy + (q << 4), px, to + (q << 5), mStep)
    }
    for (let xi: usize = 0; xi < 9; xi++) {
      dotTiles(m + xi * mStep, rows, v + xi * vStep, cPanels, quads, du + xi * duStep, first == 0)
    }
  }
  for (let k = kFrom; k < kTo; k++) {
    const row = du + (<usize>(((k - kFrom) >> 1) * cPanels) << 5) + (<usize>(k & 1) << 4)
    for (let c = 0, dw = ptr(2) + <usize>(k * C) * 36; c < C; c++, dw += 36) {
      weightGrad(row + (<usize>(c >> 2) << 5) + (<usize>(c & 3) << 2), duStep, dw)
    }
  }
}

/** (u₂, u₀ − u₁ − u₂, u₁) along both axes of a 3×3 dU, `step` bytes apart, to the kernel at `dw`. */
@inline
function weightGrad(du: usize, step: usize, dw: usize): void {
  for (let i: usize = 0; i < 3; i++) {
    // Row i of dw from rows 0, 1 and 2 of dU.
    const row: usize = i == 0 ? 6 : 3
    let u0 = load<f32>(du + row * step), u1 = load<f32>(du + (row + 1) * step), u2 = load<f32>(du + (row + 2) * step)
    if (i == 1) {
      u0 = load<f32>(du) - u0 - load<f32>(du + 6 * step)
      u1 = load<f32>(du + step) - u1 - load<f32>(du + 7 * step)
      u2 = load<f32>(du + 2 * step) - u2 - load<f32>(du + 8 * step)
    }
    store<f32>(dw + 12 * i, u2)
    store<f32>(dw + 12 * i, u0 - u1 - u2, 4)
    store<f32>(dw + 12 * i, u1, 8)
  }
}
