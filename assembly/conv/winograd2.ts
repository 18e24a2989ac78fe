import { claim, scratch, share } from '../call'
import { LANES, LANES_SHIFT, VECTOR, VECTOR_SHIFT } from '../simd'
import { Finish, floor, hasResidual, put, scale, selectChannel, setEpilogue, shift, toResidual } from './epilogue'
import { paddedRows, productTiles } from './gemm'
import { chunkStep } from './winogradWeights128'

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

/** Bytes of the 9 transformed values of a channel and two vectors; an odd number of cache lines. */
const productBytes: usize = 18 * VECTOR + (LANES == 4 ? 32 : 0)

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

/** (m₀ + m₁, m₀ + m₂) along both axes of 9 products, two vectors apart, to a plane of y. */
@inline
function transformOutput(finish: Finish, m: usize, y: usize, px: usize, isLast: bool): void {
  const m0 = v128.load(m), m1 = v128.load(m, 2 * VECTOR), m2 = v128.load(m, 4 * VECTOR)
  const top0 = f32x4.add(m0, v128.load(m, 6 * VECTOR)), bottom0 = f32x4.add(m0, v128.load(m, 12 * VECTOR))
  const top1 = f32x4.add(m1, v128.load(m, 8 * VECTOR)), bottom1 = f32x4.add(m1, v128.load(m, 14 * VECTOR))
  const top2 = f32x4.add(m2, v128.load(m, 10 * VECTOR)), bottom2 = f32x4.add(m2, v128.load(m, 16 * VECTOR))
  const a = scale(), b = shift(isLast), c = floor()
  put(finish, y, toResidual, f32x4.add(top0, top1), a, b, c)
  put(finish, y + px, toResidual, f32x4.add(top0, top2), a, b, c)
  put(finish, y + 2 * px, toResidual, f32x4.add(bottom0, bottom1), a, b, c)
  put(finish, y + 3 * px, toResidual, f32x4.add(bottom0, bottom2), a, b, c)
}

/** Note where `vectors` vectors of images lie in a channel of 2×2 planes, from vector `first` on. */
export function notePlaces(places: usize, first: i32, vectors: i32, lanes: i32): void {
  const blockVectors = lanes >> LANES_SHIFT
  for (let q = 0; q < vectors; q++) {
    const block = (first + q) / blockVectors
    store<usize>(places + (<usize>q << 2), (<usize>(block * 3 * blockVectors + first + q)) << VECTOR_SHIFT)
  }
}

/**
 * The convolution, organized like `winograd4`: V[pair of vectors][C][ξ][2], M[pair][chunk][ξ][2].
 * @param blocks blocks of images
 * @param lanes images of a block
 * @param blockVectors vectors of images to take at a time, an even number
 * @param chunks chunks of output channels
 */
export function winograd2(
  thread: i32, threads: i32, x: usize, u: usize, y: usize, C: i32, K: i32, blocks: i32, lanes: i32, blockVectors: i32,
  chunks: i32, finishes: bool, scales: usize, shifts: usize, residual: usize, relu: bool, pixelVectors: i32,
  paddedLanes: i32,
): void {
  const total = blocks * (lanes >> LANES_SHIFT), padded = paddedRows(K)
  const px = <usize>lanes << 2, channel = <usize>total << (VECTOR_SHIFT + 2)
  const vPanel = <usize>C * productBytes
  const places = scratch(thread), m = places + (<usize>blockVectors << 2)
  const v = m + <usize>((padded + chunks - 1) / chunks * (blockVectors >> 1)) * productBytes
  const items = (total + blockVectors - 1) / blockVectors
  if (finishes) setEpilogue(y, scales, shifts, residual, relu, pixelVectors, paddedLanes)
  for (let item = claim(1); item < items; item = claim(1)) {
    const first = item * blockVectors
    const vectors = min(blockVectors, total - first), pairs = (vectors + 1) >> 1
    notePlaces(places, first, vectors, lanes)
    for (let c = 0, from = x, to = v; c < C; c++, from += channel, to += productBytes) {
      for (let q = 0, place = places; q < vectors; q++, place += 4) {
        const out = to + <usize>(q >> 1) * vPanel + (<usize>(q & 1) << VECTOR_SHIFT)
        transformInput(from + load<usize>(place), px, out, 2 * VECTOR)
      }
    }
    let weights = u
    for (let chunk = 0; chunk < chunks; chunk++) {
      const from = share(padded, chunk, chunks), rows = share(padded, chunk + 1, chunks) - from
      const uStep = chunkStep(C, rows), mPanel = <usize>rows * productBytes
      for (let xi: usize = 0; xi < 9; xi++, weights += uStep) {
        const at = xi << (VECTOR_SHIFT + 1)
        productTiles(weights, rows, v + at, productBytes, vPanel, pairs, C, m + at, productBytes, mPanel)
      }
      const to = min(K, from + rows)
      let products = m
      for (let k = from, target = y + <usize>from * channel; k < to; k++, target += channel, products += productBytes) {
        if (finishes) finishedOutputs(k, first, vectors, places, products, mPanel, target, px)
        else {
          for (let q = 0, place = places; q < vectors; q++, place += 4) {
            const tile = products + <usize>(q >> 1) * mPanel + (<usize>(q & 1) << VECTOR_SHIFT)
            transformOutput(Finish.store, tile, target + load<usize>(place), px, false)
          }
        }
      }
    }
  }
}

/** Transform the products of output channel `k` back and store them in y with the epilogue; `first`: number of the first vector. */
function finishedOutputs(
  k: i32, first: i32, vectors: i32, places: usize, products: usize, mPanel: usize, y: usize, px: usize,
): void {
  const ofPixel = <i32>(px >> VECTOR_SHIFT)
  selectChannel(k)
  for (let q = 0, place = places; q < vectors; q++, place += 4) {
    const tile = products + <usize>(q >> 1) * mPanel + (<usize>(q & 1) << VECTOR_SHIFT), to = y + load<usize>(place)
    const isLast = (first + q + 1) % ofPixel == 0
    if (hasResidual) transformOutput(Finish.add, tile, to, px, isLast)
    else transformOutput(Finish.scale, tile, to, px, isLast)
  }
}
