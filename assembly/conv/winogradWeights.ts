import { int, ptr, scratch, share } from '../call'
import { paddedRows, panelCount, panelStart } from './gemm'
import { gatherKernels, weightLine } from './winogradTransforms'

/** Bytes of a chunk of `rows` transformed output channels: 36 packed matrices, 64 bytes of room after each. */
@inline
export function chunkStep(C: i32, rows: i32): usize {
  return (<usize>(C * rows) << 2) + 64
}

/**
 * Transformed weights of a 3×3 convolution, packed for the product tile: the output channels, padded with zeros, in chunks, a
 * chunk as U[ξ][panel][C][rows of the panel].
 * Arguments: u, w, K, C, bytes in w from one output channel to the next and from one input channel to the next, whether to
 * rotate the kernels by 180° (the input gradient is a convolution with rotated kernels, input and output channels exchanged),
 * number of chunks.
 */
@inline
function packWeights(products: usize, thread: i32, threads: i32): void {
  const C = int(3), chunks = int(7)
  const padded = paddedRows(int(2))
  let u = ptr(0)
  for (let chunk = 0; chunk < chunks; chunk++) {
    const first = share(padded, chunk, chunks), rows = share(padded, chunk + 1, chunks) - first
    const step = chunkStep(C, rows), panels = panelCount(rows)
    const end = share(panels, thread + 1, threads)
    for (let panel = share(panels, thread, threads); panel < end; panel++) {
      const start = panelStart(rows, panel), count = panelStart(rows, panel + 1) - start
      const to = u + (<usize>(start * C) << 2)
      if (products == 36) packPanel4(thread, to, first + start, count, step)
      else packPanel2(thread, to, first + start, count, step)
    }
    u += products * step
  }
}

/** For `winograd4`. Arguments: see `packWeights`. */
export function winograd4Weights(thread: i32, threads: i32): void {
  packWeights(36, thread, threads)
}

/** For `winograd2`. Arguments: see `packWeights`. */
export function winograd2Weights(thread: i32, threads: i32): void {
  packWeights(9, thread, threads)
}

/** Transform and pack output channels `k` to `k + count`, four at a time: U = G g Gᵀ. */
function packPanel4(thread: i32, u: usize, k: i32, count: i32, step: usize): void {
  const K = int(2), C = int(3), rotate = int(6) != 0
  const outer = <usize>int(4), inner = <usize>int(5)
  const temporary = scratch(thread), lines = temporary + 192, tile = lines + 288
  for (let offset = 0; offset < count; offset += 4) {
    const rows = min(4, K - k - offset), stored = count - offset
    let w = ptr(1) + <usize>(k + offset) * outer
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
function packPanel2(thread: i32, u: usize, k: i32, count: i32, step: usize): void {
  const K = int(2), C = int(3), rotate = int(6) != 0
  const outer = <usize>int(4), inner = <usize>int(5)
  const taps = scratch(thread), lines = taps + 192, tile = lines + 144
  for (let offset = 0; offset < count; offset += 4) {
    const rows = min(4, K - k - offset), stored = count - offset
    let w = ptr(1) + <usize>(k + offset) * outer
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
