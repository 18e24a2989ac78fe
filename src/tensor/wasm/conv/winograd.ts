import type { WasmRuntime } from '../runtime.js'
import { type EpilogueArguments, noEpilogue } from './epilogue.js'
import { blockSize, type ConvShape, dotRowBytes, paddedRows, roundUp } from './shape.js'

export type Winograd = 'winograd4' | 'winograd2'

/** Products of a tile. */
const products = { winograd4: 36, winograd2: 9 }
/** Most output channels whose products are made and transformed back together. */
const chunkRows = 66
/** Largest transformed weight gradient of which each thread gets a copy. */
const largestPart = 4 << 20
/** Room for a half-transformed tile in front of a thread's buffers, with vectors of so many floats. */
const temporaryBytes = (vectorLanes: number): number => 36 * 4 * vectorLanes + 448
/** A note on where a vector of columns lies. */
const placeBytes = 20

/** y = x ∗ w, with the epilogue. */
export function winogradForward(
  rt: WasmRuntime,
  s: ConvShape,
  kind: Winograd,
  x: number,
  w: number,
  y: number,
  epilogue: EpilogueArguments,
): void {
  const weights = { address: w, outer: 36 * s.inChannels, inner: 36, rotate: false }
  multiply(rt, s, kind, x, s.inChannels, y, s.outChannels, weights, epilogue)
}

/** dx = gradient of the input: a convolution with rotated kernels, input and output channels exchanged. */
export function winogradInputGrad(
  rt: WasmRuntime,
  s: ConvShape,
  kind: Winograd,
  dy: number,
  w: number,
  dx: number,
): void {
  const weights = { address: w, outer: 36, inner: 36 * s.inChannels, rotate: true }
  multiply(rt, s, kind, dy, s.outChannels, dx, s.inChannels, weights, noEpilogue)
}

/** Kernels in memory: bytes from one output and from one input channel to the next, and whether to rotate them by 180°. */
interface Weights {
  address: number
  outer: number
  inner: number
  rotate: boolean
}

/** y (K channels) = x (C channels) ∗ w. */
function multiply(
  rt: WasmRuntime,
  s: ConvShape,
  kind: Winograd,
  x: number,
  C: number,
  y: number,
  K: number,
  w: Weights,
  epilogue: EpilogueArguments,
): void {
  const rows = paddedRows(K)
  const chunks = Math.ceil(rows / chunkRows)
  const uBytes = products[kind] * (4 * C * rows + 64 * chunks)
  const u = rt.heap.allocate(uBytes)
  // As many columns as keep V and M in the second-level cache: long runs along a channel are read faster.
  const wanted = (kind === 'winograd4' && C + K <= 64 ? 128 : 64) / rt.lanes
  const blockVectors = blockSize(vectorsOf(s, kind, rt.lanes), wanted, 2, rt.threads)
  const pairBytes = (C + Math.ceil(rows / chunks)) * (products[kind] * 8 * rt.lanes + 64)
  rt.reserveScratch(temporaryBytes(rt.lanes) + placeBytes * blockVectors + (blockVectors / 2) * pairBytes)
  const { address, outer, inner, rotate } = w
  rt.run(`${kind}Weights`, { u, w: address, K, C, outer, inner, rotate, chunks })
  const common = { x, u, y, C, K, blocks: s.blocks, lanes: s.lanes, blockVectors, chunks, ...epilogue }
  if (kind === 'winograd4') rt.run('winograd4', { ...common, height: s.height, width: s.width })
  else rt.run('winograd2', common)
  rt.heap.free(u, uBytes)
}

/** dw = gradient of the weights. */
export function winogradWeightGrad(
  rt: WasmRuntime,
  s: ConvShape,
  kind: Winograd,
  x: number,
  dy: number,
  dw: number,
): void {
  const C = s.inChannels
  const K = s.outChannels
  const K2 = roundUp(K, 2)
  const { blocks, lanes, height, width } = s
  const vectorBytes = 4 * rt.lanes
  const columnBytes = vectorBytes * products[kind] * (paddedRows(C) + K2)
  const duBytes = products[kind] * ((K2 / 2) * dotRowBytes(C) + 64)
  if (kind === 'winograd2') {
    const blockVectors = Math.min((blocks * lanes) / rt.lanes, 128 / rt.lanes)
    rt.reserveScratch(blockVectors * (columnBytes + 4) + 12 * vectorBytes + 2048 + duBytes)
    rt.run('winograd2WeightGrad', { x, dy, dw, C, K, blocks, lanes, blockVectors })
    return
  }
  const parts = duBytes > largestPart ? 1 : rt.threads
  const blockVectors = blockSize(vectorsOf(s, kind, rt.lanes), (C < 256 ? 128 : 256) / rt.lanes, 1, parts)
  const du = rt.heap.allocate(parts * duBytes)
  rt.reserveScratch(2 * temporaryBytes(rt.lanes) + blockVectors * (placeBytes + columnBytes) + 36 * 128)
  const step = parts === 1 ? 0 : duBytes
  rt.run('winograd4WeightGrad', { x, dy, du, C, K, height, width, blocks, lanes, blockVectors, duBytes: step })
  rt.run('winograd4WeightGradEnd', { dw, du, K, C, size: duBytes, parts })
  rt.heap.free(du, parts * duBytes)
}

/** Columns of the products, in vectors of images. */
function vectorsOf(s: ConvShape, kind: Winograd, vectorLanes: number): number {
  const size = kind === 'winograd4' ? 4 : 2
  return (Math.ceil(s.height / size) * Math.ceil(s.width / size) * s.blocks * s.lanes) / vectorLanes
}
