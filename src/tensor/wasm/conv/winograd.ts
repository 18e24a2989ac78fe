import type { WasmRuntime } from '../runtime.js'
import { blockSize, type ConvShape, roundUp } from './shape.js'

/** Bytes of transformed data that a thread works on at a time; they should stay in its second-level cache. */
const cacheBytes = 1 << 20
const temporaryBytes = 1024

/** y = x ∗ w, without bias. */
export function winogradForward(rt: WasmRuntime, s: ConvShape, x: number, w: number, y: number): void {
  multiply(rt, s, x, s.inChannels, y, s.outChannels, w, [36 * s.inChannels, 36, 0])
}

/** dx = gradient of the input: a convolution with rotated kernels, input and output channels exchanged. */
export function winogradInputGrad(rt: WasmRuntime, s: ConvShape, dy: number, w: number, dx: number): void {
  multiply(rt, s, dy, s.outChannels, dx, s.inChannels, w, [36, 36 * s.inChannels, 1])
}

function multiply(
  rt: WasmRuntime,
  s: ConvShape,
  x: number,
  C: number,
  y: number,
  K: number,
  w: number,
  weightLayout: readonly number[],
): void {
  const K4 = roundUp(K, 4)
  const uStep = 4 * K4 * C + 64
  const u = rt.heap.allocate(36 * uStep)
  const wanted = Math.min(32, Math.max(16, cacheBytes / (36 * 16 * (C + K4))))
  const quads = blockSize(quadsOf(s), wanted, 2, rt.threads)
  rt.reserveScratch(temporaryBytes + 36 * (16 * quads * (C + K4) + 128))
  rt.run('winograd4Weights', [u, w, K, C, ...weightLayout, uStep])
  rt.run('winograd4', [x, u, y, C, K, s.height, s.width, s.lanes, quads, imageBlock(s), uStep])
  rt.heap.free(u, 36 * uStep)
}

/** dw = gradient of the weights. */
export function winogradWeightGrad(rt: WasmRuntime, s: ConvShape, x: number, dy: number, dw: number): void {
  const C4 = roundUp(s.inChannels, 4)
  const K2 = roundUp(s.outChannels, 2)
  const wanted = Math.min(64, Math.max(32, cacheBytes / (36 * 16 * (C4 + K2))))
  const quads = blockSize(quadsOf(s), wanted, 1, rt.threads)
  const partBytes = 36 * 4 * C4 * K2
  const parts = rt.heap.allocate(rt.threads * partBytes)
  rt.reserveScratch(Math.max(2048, temporaryBytes + 36 * (16 * quads * (C4 + K2) + 128)))
  rt.run('winograd4WeightGrad', [
    ...[x, dy, parts, s.inChannels, s.outChannels, s.height, s.width, s.lanes, quads, imageBlock(s), partBytes],
  ])
  rt.run('winograd4WeightGradEnd', [dw, parts, s.outChannels, s.inChannels, partBytes, rt.threads])
  rt.heap.free(parts, rt.threads * partBytes)
}

/** Columns of the products, in quads of images. */
const quadsOf = (s: ConvShape): number => (Math.ceil(s.height / 4) * Math.ceil(s.width / 4) * s.lanes) / 4

/** Quads of images that are walked together over the whole plane: neighbouring tiles then find shared pixels in the cache. */
const imageBlock = (s: ConvShape): number => Math.min(s.lanes / 4, 16)
