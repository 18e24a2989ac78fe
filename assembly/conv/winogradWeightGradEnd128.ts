import { scratch, share } from '../call'
import { fma } from '../simd'
import { dotBytes, paddedRows, panelCount, panelStart } from './gemm'

/** The end of the weight gradient of `winograd4`. Vectors of this file hold four kernels, in every build. */

/** Gᵀ d: six values to three, for the gradient of the weights. */
@inline
export function weightGradLine(
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, out: usize, step: usize,
): void {
  const sum12 = f32x4.mul(f32x4.add(d1, d2), f32x4.splat(-1 / 6))
  const sum34 = f32x4.add(d3, d4)
  v128.store(out, fma(d0, f32x4.splat(1 / 4), fma(sum34, f32x4.splat(1 / 24), sum12)))
  out += step
  const difference21 = f32x4.mul(f32x4.sub(d2, d1), f32x4.splat(1 / 6))
  v128.store(out, fma(f32x4.sub(d3, d4), f32x4.splat(1 / 12), difference21))
  out += step
  v128.store(out, f32x4.add(fma(sum34, f32x4.splat(1 / 6), sum12), d5))
}

/**
 * dw (K, C, 3, 3) = Gᵀ (sum of the threads' dU) G.
 * @param size bytes of one thread's du
 * @param parts number of threads that made one
 */
export function winograd4WeightGradEnd(
  thread: i32, threads: i32, dw: usize, du: usize, K: i32, C: i32, size: usize, parts: i32,
): void {
  const padded = paddedRows(C), panels = panelCount(padded), kPanels = (K + 1) >> 1
  const step = <usize>(kPanels * panels) * dotBytes + 64
  const sums = scratch(thread)
  const end = share(kPanels, thread + 1, threads)
  for (let kPanel = share(kPanels, thread, threads); kPanel < end; kPanel++) {
    const k = 2 * kPanel
    let tile = du + <usize>(kPanel * panels) * dotBytes
    for (let panel = 0; panel < panels; panel++, tile += dotBytes) {
      const c = panelStart(padded, panel), count = panelStart(padded, panel + 1) - c
      kernels(tile, step, size, parts, sums)
      storeKernels(dw + <usize>(k * C + c) * 36, sums, min(4, C - c))
      if (k + 1 < K) {
        kernels(tile + 16, step, size, parts, sums)
        storeKernels(dw + <usize>((k + 1) * C + c) * 36, sums, min(4, C - c))
      }
      if (count == 4) continue
      kernels(tile + 32, step, size, parts, sums)
      storeKernels(dw + <usize>(k * C + c + 4) * 36, sums, count - 4)
      if (k + 1 < K) storeKernels(dw + <usize>((k + 1) * C + c + 4) * 36, sums + 8, count - 4)
    }
  }
}

/** Gᵀ dU G of four kernels at once: the nine taps 16 bytes apart to `sums`. */
function kernels(du: usize, step: usize, size: usize, parts: i32, sums: usize): void {
  const lines = sums + 576
  for (let xi = 0, from = du, s = sums; xi < 36; xi++, from += step, s += 16) {
    let sum = v128.load(from)
    for (let part = 1, other = from + size; part < parts; part++, other += size) {
      sum = f32x4.add(sum, v128.load(other))
    }
    v128.store(s, sum)
  }
  for (let j = 0, s = sums, l = lines; j < 6; j++, s += 16, l += 16) {
    const d0 = v128.load(s), d1 = v128.load(s, 96), d2 = v128.load(s, 192)
    weightGradLine(d0, d1, d2, v128.load(s, 288), v128.load(s, 384), v128.load(s, 480), l, 96)
  }
  for (let j = 0, l = lines, s = sums; j < 3; j++, l += 96, s += 48) {
    const d0 = v128.load(l), d1 = v128.load(l, 16), d2 = v128.load(l, 32)
    weightGradLine(d0, d1, d2, v128.load(l, 48), v128.load(l, 64), v128.load(l, 80), s, 16)
  }
}

/** Store the kernels in the first lanes of `sums`: those of `count` input channels, to `dw`. */
function storeKernels(dw: usize, sums: usize, count: i32): void {
  for (let j = 0, s = sums; j < count; j++, s += 4, dw += 36) {
    for (let tap: usize = 0; tap < 9; tap++) store<f32>(dw + (tap << 2), load<f32>(s + (tap << 4)))
  }
}
