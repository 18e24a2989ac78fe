import { claim, int, ptr, scratch, share } from '../call'
import { Finish, floor, hasResidual, lastShift, put, readEpilogue, scale, selectChannel, shift, toResidual } from './epilogue'
import { dotBytes, dotOffset, dotTiles, paddedRows, panelCount, panelStart, productTiles } from './gemm'
import { chunkStep } from './winogradWeights'

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

/** Bytes of the 9 transformed values of a channel and two quads; an odd number of cache lines. */
const productBytes: usize = 9 * 32 + 32

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

/** (m₀ + m₁, m₀ + m₂) along both axes of 9 products, 32 bytes apart, to a plane of y; `b`: shift of the epilogue. */
@inline
function transformOutput(finish: Finish, m: usize, y: usize, px: usize, b: v128): void {
  const m0 = v128.load(m), m1 = v128.load(m, 32), m2 = v128.load(m, 64)
  const top0 = f32x4.add(m0, v128.load(m, 96)), bottom0 = f32x4.add(m0, v128.load(m, 192))
  const top1 = f32x4.add(m1, v128.load(m, 128)), bottom1 = f32x4.add(m1, v128.load(m, 224))
  const top2 = f32x4.add(m2, v128.load(m, 160)), bottom2 = f32x4.add(m2, v128.load(m, 256))
  put(finish, y, toResidual, f32x4.add(top0, top1), scale, b, floor)
  put(finish, y + px, toResidual, f32x4.add(top0, top2), scale, b, floor)
  put(finish, y + 2 * px, toResidual, f32x4.add(bottom0, bottom1), scale, b, floor)
  put(finish, y + 3 * px, toResidual, f32x4.add(bottom0, bottom2), scale, b, floor)
}

/** Note where `quads` quads of images lie in a channel of 2×2 planes, from quad `first` on. */
function notePlaces(places: usize, first: i32, quads: i32, lanes: i32): void {
  const blockQuads = lanes >> 2
  for (let q = 0; q < quads; q++) {
    const block = (first + q) / blockQuads
    store<usize>(places + (<usize>q << 2), (<usize>(block * 3 * blockQuads + first + q)) << 4)
  }
}

/**
 * The convolution, organized like `winograd4`: V[image/8][C][ξ][8], M[image/8][chunk][ξ][8].
 * Arguments: x, u, y, C, K, blocks of images, lanes of a block, quads of images to take at a time (even), chunks of output
 * channels, epilogue.
 */
export function winograd2(thread: i32, threads: i32): void {
  const C = int(3), K = int(4), lanes = int(6), blockQuads = int(7), chunks = int(8)
  const total = int(5) * (lanes >> 2), padded = paddedRows(K)
  const px = <usize>lanes << 2, channel = <usize>total << 6
  const vPanel = <usize>C * productBytes
  const places = scratch(thread), m = places + (<usize>blockQuads << 2)
  const v = m + <usize>((padded + chunks - 1) / chunks * (blockQuads >> 1)) * productBytes
  const items = (total + blockQuads - 1) / blockQuads
  const finishes = readEpilogue(9, ptr(2))
  for (let item = claim(1); item < items; item = claim(1)) {
    const first = item * blockQuads
    const quads = min(blockQuads, total - first), pairs = (quads + 1) >> 1
    notePlaces(places, first, quads, lanes)
    for (let c = 0, x = ptr(0), to = v; c < C; c++, x += channel, to += productBytes) {
      for (let q = 0, place = places; q < quads; q++, place += 4) {
        transformInput(x + load<usize>(place), px, to + <usize>(q >> 1) * vPanel + (<usize>(q & 1) << 4), 32)
      }
    }
    let u = ptr(1)
    for (let chunk = 0; chunk < chunks; chunk++) {
      const from = share(padded, chunk, chunks), rows = share(padded, chunk + 1, chunks) - from
      const uStep = chunkStep(C, rows), mPanel = <usize>rows * productBytes
      for (let xi: usize = 0; xi < 9; xi++, u += uStep) {
        productTiles(u, rows, v + (xi << 5), productBytes, vPanel, pairs, C, m + (xi << 5), productBytes, mPanel)
      }
      const to = min(K, from + rows)
      let products = m
      for (let k = from, y = ptr(2) + <usize>from * channel; k < to; k++, y += channel, products += productBytes) {
        if (finishes) finishedOutputs(k, first, quads, places, products, mPanel, y, px)
        else {
          for (let q = 0, place = places; q < quads; q++, place += 4) {
            const tile = products + <usize>(q >> 1) * mPanel + (<usize>(q & 1) << 4)
            transformOutput(Finish.store, tile, y + load<usize>(place), px, shift)
          }
        }
      }
    }
  }
}

/** Transform the products of output channel `k` back and store them in y with the epilogue; `first`: number of the first quad. */
function finishedOutputs(
  k: i32, first: i32, quads: i32, places: usize, products: usize, mPanel: usize, y: usize, px: usize,
): void {
  const ofPixel = <i32>(px >> 4)
  selectChannel(k)
  for (let q = 0, place = places; q < quads; q++, place += 4) {
    const tile = products + <usize>(q >> 1) * mPanel + (<usize>(q & 1) << 4), to = y + load<usize>(place)
    const b = (first + q + 1) % ofPixel == 0 ? lastShift : shift
    if (hasResidual) transformOutput(Finish.add, tile, to, px, b)
    else transformOutput(Finish.scale, tile, to, px, b)
  }
}

/**
 * Weight gradient: each thread makes its rows of dU[ξ] = Σ over images of M[ξ] V[ξ]ᵀ, and from them those of dw.
 * M[ξ][K/2][quad][2][4], V[ξ][panel of C][quad][channels of the panel][4], dU[ξ][K/2][panel of C] dot tiles.
 * Arguments: x, dy, dw, C, K, blocks of images, lanes of a block, quads of images to take at a time.
 */
export function winograd2WeightGrad(thread: i32, threads: i32): void {
  const C = int(3), K = int(4), lanes = int(6), blockQuads = int(7)
  const total = int(5) * (lanes >> 2)
  const px = <usize>lanes << 2, channel = <usize>total << 6
  const padded = paddedRows(C), panels = panelCount(padded), kPanels = (K + 1) >> 1
  const start = share(kPanels, thread, threads), rows = share(kPanels, thread + 1, threads) - start
  const kFrom = start << 1, kTo = min(K, (start + rows) << 1)
  const vStep = (<usize>(blockQuads * padded) << 4) + 64
  const mStep = (<usize>(blockQuads * kPanels) << 5) + 64
  const duStep = <usize>(rows * panels) * dotBytes
  const sums = scratch(thread), places = sums + 192, v = places + (<usize>blockQuads << 2), m = v + 9 * vStep, du = m + 9 * mStep
  for (let first = 0; first < total; first += blockQuads) {
    const quads = min(blockQuads, total - first)
    notePlaces(places, first, quads, lanes)
    for (let panel = 0, c = 0, x = ptr(0); panel < panels; panel++) {
      const from = panelStart(padded, panel), count = panelStart(padded, panel + 1) - from
      for (let to = min(C, from + count); c < to; c++, x += channel) {
        let out = v + (<usize>(from * quads + c - from) << 4)
        for (let q = 0, place = places; q < quads; q++, place += 4, out += <usize>count << 4) {
          transformInput(x + load<usize>(place), px, out, vStep)
        }
      }
    }
    for (let k = kFrom, dy = ptr(1) + <usize>k * channel; k < kTo; k++, dy += channel) {
      const to = m + (<usize>(((k - kFrom) >> 1) * quads) << 5) + (<usize>(k & 1) << 4)
      for (let q: usize = 0; q < <usize>quads; q++) {
        transformGrad(dy + load<usize>(places + (q << 2)), px, to + (q << 5), mStep)
      }
    }
    for (let xi: usize = 0; xi < 9; xi++) {
      dotTiles(m + xi * mStep, rows, v + xi * vStep, padded, quads, sums, du + xi * duStep, first == 0)
    }
  }
  for (let k = kFrom; k < kTo; k++) {
    let tile = du + <usize>(((k - kFrom) >> 1) * panels) * dotBytes
    for (let panel = 0, c = 0, dw = ptr(2) + <usize>(k * C) * 36; panel < panels; panel++, tile += dotBytes) {
      const from = c
      for (let to = min(C, panelStart(padded, panel + 1)); c < to; c++, dw += 36) {
        weightGrad(tile + dotOffset(k & 1, c - from), duStep, dw)
      }
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
