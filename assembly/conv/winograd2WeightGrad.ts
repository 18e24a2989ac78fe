import { scratch, share } from '../call'
import { LANES_SHIFT, VECTOR_SHIFT } from '../simd'
import { dotBytes, dotOffset, dotTiles, paddedRows, panelCount, panelStart, sumsBytes } from './gemm'
import { notePlaces, transformInput } from './winograd2'

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

/**
 * Weight gradient of `winograd2`: each thread makes its rows of dU[ξ] = Σ over images of M[ξ] V[ξ]ᵀ, and from them those of dw.
 * M[ξ][K/2][vector][2], V[ξ][panel of C][vector][channels of the panel], dU[ξ][K/2][panel of C] dot tiles.
 * @param blocks blocks of images
 * @param lanes images of a block
 * @param blockVectors vectors of images to take at a time
 */
export function winograd2WeightGrad(
  thread: i32, threads: i32, x: usize, dy: usize, dw: usize, C: i32, K: i32, blocks: i32, lanes: i32, blockVectors: i32,
): void {
  const total = blocks * (lanes >> LANES_SHIFT)
  const px = <usize>lanes << 2, channel = <usize>total << (VECTOR_SHIFT + 2)
  const padded = paddedRows(C), panels = panelCount(padded), kPanels = (K + 1) >> 1
  const kStart = share(kPanels, thread, threads), rows = share(kPanels, thread + 1, threads) - kStart
  const kFrom = kStart << 1, kTo = min(K, (kStart + rows) << 1)
  const vStep = (<usize>(blockVectors * padded) << VECTOR_SHIFT) + 64
  const mStep = (<usize>(blockVectors * kPanels) << (VECTOR_SHIFT + 1)) + 64
  const duStep = <usize>(rows * panels) * dotBytes
  const sums = scratch(thread), places = sums + sumsBytes, v = places + (<usize>blockVectors << 2), m = v + 9 * vStep, du = m + 9 * mStep
  for (let first = 0; first < total; first += blockVectors) {
    const vectors = min(blockVectors, total - first)
    notePlaces(places, first, vectors, lanes)
    for (let panel = 0, c = 0, from = x; panel < panels; panel++) {
      const start = panelStart(padded, panel), count = panelStart(padded, panel + 1) - start
      for (let to = min(C, start + count); c < to; c++, from += channel) {
        let out = v + (<usize>(start * vectors + c - start) << VECTOR_SHIFT)
        for (let q = 0, place = places; q < vectors; q++, place += 4, out += <usize>count << VECTOR_SHIFT) {
          transformInput(from + load<usize>(place), px, out, vStep)
        }
      }
    }
    for (let k = kFrom, from = dy + <usize>k * channel; k < kTo; k++, from += channel) {
      const to = m + (<usize>(((k - kFrom) >> 1) * vectors) << (VECTOR_SHIFT + 1)) + (<usize>(k & 1) << VECTOR_SHIFT)
      for (let q: usize = 0; q < <usize>vectors; q++) {
        transformGrad(from + load<usize>(places + (q << 2)), px, to + (q << (VECTOR_SHIFT + 1)), mStep)
      }
    }
    for (let xi: usize = 0; xi < 9; xi++) {
      dotTiles(m + xi * mStep, rows, v + xi * vStep, padded, vectors, sums, du + xi * duStep, first == 0)
    }
  }
  for (let k = kFrom; k < kTo; k++) {
    let tile = du + <usize>(((k - kFrom) >> 1) * panels) * dotBytes
    for (let panel = 0, c = 0, to = dw + <usize>(k * C) * 36; panel < panels; panel++, tile += dotBytes) {
      const from = c
      for (const end = min(C, panelStart(padded, panel + 1)); c < end; c++, to += 36) {
        weightGrad(tile + dotOffset(k & 1, c - from), duStep, to)
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
