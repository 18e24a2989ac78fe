import { claim, int, ptr, scratch, share } from '../call'
import { Finish, floor, hasResidual, lastShift, put, readEpilogue, scale, selectChannel, shift, toResidual } from './epilogue'
import { paddedRows, productTiles } from './gemm'
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
export function transformInput(x: usize, px: usize, out: usize, step: usize): void {
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
export function notePlaces(places: usize, first: i32, quads: i32, lanes: i32): void {
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
