import { scratch, share } from '../call'
import { fma } from '../simd'
import { paddedRows, panelCount, panelStart } from './gemm'

/** The weights of Winograd convolutions. Vectors of this file hold four output channels, in every build. */

/** Bytes of a chunk of `rows` transformed output channels: 36 packed matrices, 64 bytes of room after each. */
@inline
export function chunkStep(C: i32, rows: i32): usize {
  return (<usize>(C * rows) << 2) + 64
}

/**
 * Transformed weights of a 3×3 convolution, packed for the product tile: the output channels, padded with zeros, in chunks, a
 * chunk as U[ξ][panel][C][rows of the panel].
 * @param outer bytes in w from one output channel to the next
 * @param inner bytes in w from one input channel to the next
 * @param rotate whether to rotate the kernels by 180°: the input gradient is a convolution with rotated kernels, input and
 * output channels exchanged
 */
@inline
function packWeights(
  products: usize, thread: i32, threads: i32, u: usize, w: usize, K: i32, C: i32, outer: usize, inner: usize, rotate: bool,
  chunks: i32,
): void {
  const padded = paddedRows(K)
  for (let chunk = 0; chunk < chunks; chunk++) {
    const first = share(padded, chunk, chunks), rows = share(padded, chunk + 1, chunks) - first
    const step = chunkStep(C, rows), panels = panelCount(rows)
    const end = share(panels, thread + 1, threads)
    for (let panel = share(panels, thread, threads); panel < end; panel++) {
      const start = panelStart(rows, panel), count = panelStart(rows, panel + 1) - start
      const to = u + (<usize>(start * C) << 2)
      if (products == 36) packPanel4(thread, to, w, first + start, count, step, K, C, outer, inner, rotate)
      else packPanel2(thread, to, w, first + start, count, step, K, C, outer, inner, rotate)
    }
    u += products * step
  }
}

/** For `winograd4`; see `packWeights`. */
export function winograd4Weights(
  thread: i32, threads: i32, u: usize, w: usize, K: i32, C: i32, outer: usize, inner: usize, rotate: bool, chunks: i32,
): void {
  packWeights(36, thread, threads, u, w, K, C, outer, inner, rotate, chunks)
}

/** For `winograd2`; see `packWeights`. */
export function winograd2Weights(
  thread: i32, threads: i32, u: usize, w: usize, K: i32, C: i32, outer: usize, inner: usize, rotate: bool, chunks: i32,
): void {
  packWeights(9, thread, threads, u, w, K, C, outer, inner, rotate, chunks)
}

/** G g: three values to six. */
@inline
export function weightLine(g0: v128, g1: v128, g2: v128, out: usize, step: usize): void {
  v128.store(out, f32x4.mul(g0, f32x4.splat(1 / 4)))
  out += step
  const sixth = f32x4.splat(-1 / 6)
  const ends = f32x4.mul(f32x4.add(g0, g2), sixth)
  const middle = f32x4.mul(g1, sixth)
  v128.store(out, f32x4.add(ends, middle))
  out += step
  v128.store(out, f32x4.sub(ends, middle))
  out += step
  const ends2 = fma(g0, f32x4.splat(1 / 24), f32x4.mul(g2, f32x4.splat(1 / 6)))
  const middle2 = f32x4.mul(g1, f32x4.splat(1 / 12))
  v128.store(out, f32x4.add(ends2, middle2))
  out += step
  v128.store(out, f32x4.sub(ends2, middle2))
  out += step
  v128.store(out, g2)
}

/**
 * The 3×3 kernels of four output channels, `outer` bytes apart, as nine vectors of four, 16 bytes apart; zeros beyond `rows`
 * channels. Whole vectors are transposed: to read vectors out of single floats just stored would wait for the stores.
 */
export function gatherKernels(w: usize, outer: usize, rows: i32, rotate: bool, to: usize): void {
  const zeros = to + 144
  if (rows < 4) {
    v128.store(zeros, f32x4.splat(0))
    v128.store(zeros, f32x4.splat(0), 16)
    v128.store(zeros, f32x4.splat(0), 32)
  }
  const w1 = rows > 1 ? w + outer : zeros, w2 = rows > 2 ? w + 2 * outer : zeros, w3 = rows > 3 ? w + 3 * outer : zeros
  let step: usize = 16
  if (rotate) {
    to += 128
    step = -16
  }
  transpose(v128.load(w), v128.load(w1), v128.load(w2), v128.load(w3), to, step)
  transpose(v128.load(w, 16), v128.load(w1, 16), v128.load(w2, 16), v128.load(w3, 16), to + 4 * step, step)
  const low = v128.load32_lane(w1 + 32, v128.load32_zero(w, 32), 1)
  v128.store(to + 8 * step, v128.load32_lane(w3 + 32, v128.load32_lane(w2 + 32, low, 2), 3))
}

/** Four vectors, transposed, to `out`, `step` bytes apart. */
@inline
function transpose(a: v128, b: v128, c: v128, d: v128, out: usize, step: usize): void {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
  v128.store(out, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5))
  v128.store(out + step, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7))
  v128.store(out + 2 * step, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5))
  v128.store(out + 3 * step, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7))
}

/** Transform and pack output channels `k` to `k + count`, four at a time: U = G g Gᵀ. */
function packPanel4(
  thread: i32, u: usize, weights: usize, k: i32, count: i32, step: usize, K: i32, C: i32, outer: usize, inner: usize,
  rotate: bool,
): void {
  const temporary = scratch(thread), lines = temporary + 192, tile = lines + 288
  for (let offset = 0; offset < count; offset += 4) {
    const rows = min(4, K - k - offset), stored = count - offset
    let w = weights + <usize>(k + offset) * outer
    let out = u + (<usize>offset << 2)
    for (let c = 0; c < C; c++, w += inner, out += <usize>count << 2) {
      gatherKernels(w, outer, rows, rotate, temporary)
      for (let j = 0, t = temporary, l = lines; j < 3; j++, t += 16, l += 16) {
        weightLine(v128.load(t), v128.load(t, 48), v128.load(t, 96), l, 48)
      }
      if (stored >= 4) {
        for (let i = 0, l = lines, to = out; i < 6; i++, l += 48, to += 6 * step) {
          weightLine(v128.load(l), v128.load(l, 16), v128.load(l, 32), to, step)
        }
      } else {
        for (let i = 0, l = lines, to = tile; i < 6; i++, l += 48, to += 96) {
          weightLine(v128.load(l), v128.load(l, 16), v128.load(l, 32), to, 16)
        }
        for (let xi: usize = 0, t = tile, to = out; xi < 36; xi++, t += 16, to += step) {
          if (stored == 2) store<u64>(to, load<u64>(t))
          else store<u32>(to, load<u32>(t))
        }
      }
    }
  }
}

/** (b, c − b, a − b) of a row or column of taps (a, b, c), to `out`, `step` bytes apart. */
@inline
function weightLine2(a: v128, b: v128, c: v128, out: usize, step: usize): void {
  v128.store(out, b)
  v128.store(out + step, f32x4.sub(c, b))
  v128.store(out + 2 * step, f32x4.sub(a, b))
}

/** The same for F(2, 2), see `winograd2.ts`. */
function packPanel2(
  thread: i32, u: usize, weights: usize, k: i32, count: i32, step: usize, K: i32, C: i32, outer: usize, inner: usize,
  rotate: bool,
): void {
  const taps = scratch(thread), lines = taps + 192, tile = lines + 144
  for (let offset = 0; offset < count; offset += 4) {
    const rows = min(4, K - k - offset), stored = count - offset
    let w = weights + <usize>(k + offset) * outer
    let out = u + (<usize>offset << 2)
    for (let c = 0; c < C; c++, w += inner, out += <usize>count << 2) {
      gatherKernels(w, outer, rows, rotate, taps)
      for (let j: usize = 0; j < 48; j += 16) {
        weightLine2(v128.load(taps + j), v128.load(taps + j, 48), v128.load(taps + j, 96), lines + j, 48)
      }
      for (let i = 0, l = lines, to = tile; i < 3; i++, l += 48, to += 48) {
        weightLine2(v128.load(l), v128.load(l, 16), v128.load(l, 32), to, 16)
      }
      for (let xi: usize = 0, t = tile, to = out; xi < 9; xi++, t += 16, to += step) {
        if (stored >= 4) v128.store(to, v128.load(t))
        else if (stored == 2) store<u64>(to, load<u64>(t))
        else store<u32>(to, load<u32>(t))
      }
    }
  }
}
