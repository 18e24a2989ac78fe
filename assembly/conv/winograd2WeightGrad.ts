import { int, ptr, scratch, share } from '../call'
import { dotBytes, dotOffset, dotTiles, paddedRows, panelCount, panelStart } from './gemm'
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
