import type { WasmRuntime } from '../runtime.js'
import { blockSize, type ConvShape, roundUp } from './shape.js'

/** Bytes of gathered pixels that a thread works on at a time. */
const blockBytes = 128 << 10

/** Offsets of the taps of a kernel along one axis, in source pixels, and which taps they are. */
interface Taps {
  index: number[]
  offset: number[]
}

/** The targets `first`, `first + step`, …, `count` of them; they read sources `sourceStep` apart, at the taps' offsets. */
interface Walk {
  first: number
  step: number
  count: number
  sourceStep: number
  taps: Taps
}

/** y = x ∗ w, without bias. */
export function directForward(rt: WasmRuntime, s: ConvShape, x: number, w: number, y: number): void {
  const walk = (kernel: number, stride: number, padding: number, dilation: number, count: number): Walk => {
    const index = range(kernel)
    return {
      first: 0,
      step: 1,
      count,
      sourceStep: stride,
      taps: { index, offset: index.map((r) => r * dilation - padding) },
    }
  }
  const rows = walk(s.kernelHeight, s.strideHeight, s.paddingHeight, s.dilationHeight, s.outHeight)
  const columns = walk(s.kernelWidth, s.strideWidth, s.paddingWidth, s.dilationWidth, s.outWidth)
  const kernel = 4 * s.kernelHeight * s.kernelWidth
  const C = s.inChannels / s.groups
  const M = s.outChannels / s.groups
  const steps = { C, M, group: M * C * kernel, m: C * kernel, c: kernel }
  multiply(rt, s, rows, columns, steps, x, [s.height, s.width], w, y, [s.outHeight, s.outWidth])
}

/** dx = gradient of the input. */
export function directInputGrad(rt: WasmRuntime, s: ConvShape, dy: number, w: number, dx: number): void {
  // Inputs of one residue class modulo the stride see the same taps r, namely those for which (h + padding − r · dilation) is a
  // multiple of the stride, in consecutive outputs.
  const walks = (kernel: number, stride: number, padding: number, dilation: number, size: number): Walk[] =>
    range(Math.min(stride, size)).map((first) => {
      const index = range(kernel).filter((r) => (first + padding - r * dilation) % stride === 0)
      const offset = index.map((r) => (first + padding - r * dilation) / stride)
      return { first, step: stride, count: Math.ceil((size - first) / stride), sourceStep: 1, taps: { index, offset } }
    })
  const kernel = 4 * s.kernelHeight * s.kernelWidth
  const M = s.inChannels / s.groups
  const C = s.outChannels / s.groups
  const steps = { C, M, group: M * C * kernel, m: kernel, c: M * kernel }
  for (const rows of walks(s.kernelHeight, s.strideHeight, s.paddingHeight, s.dilationHeight, s.height)) {
    for (const columns of walks(s.kernelWidth, s.strideWidth, s.paddingWidth, s.dilationWidth, s.width)) {
      multiply(rt, s, rows, columns, steps, dy, [s.outHeight, s.outWidth], w, dx, [s.height, s.width])
    }
  }
}

type Size = readonly [height: number, width: number]

/** Channels summed over (C) and computed (M) in a group, and the bytes from one to the next in the weights. */
interface Steps {
  C: number
  M: number
  group: number
  m: number
  c: number
}

function multiply(
  rt: WasmRuntime,
  s: ConvShape,
  rows: Walk,
  columns: Walk,
  { C, M, group, m, c }: Steps,
  source: number,
  sourceSize: Size,
  w: number,
  target: number,
  targetSize: Size,
): void {
  const taps = rows.taps.index.length * columns.taps.index.length
  const length = taps * C
  const weightBytes = s.groups * roundUp(M, 4) * length * 4
  const tableBytes = 12 * taps
  const a = rt.heap.allocate(weightBytes)
  const table = rt.heap.allocate(tableBytes)
  const offsets = table + 4 * taps
  let i = table >> 2
  for (const r of rows.taps.index) for (const t of columns.taps.index) rt.i32[i++] = 4 * (r * s.kernelWidth + t)
  for (const dh of rows.taps.offset) {
    for (const dw of columns.taps.offset) {
      rt.i32[i++] = dh
      rt.i32[i++] = dw
    }
  }
  const total = (rows.count * columns.count * s.lanes) / 4
  const quads = blockSize(total, Math.min(64, Math.max(4, blockBytes / (16 * length))), 2, rt.threads)
  rt.reserveScratch(roundUp(4 * quads, 64) + 64 + 16 * length * quads)
  rt.run('convPack', [a, w, table, taps, M, C, s.groups, group, m, c])
  rt.run('convDirect', [
    ...[source, a, target, offsets, taps, C, M, s.groups, s.lanes, ...sourceSize, ...targetSize],
    ...[rows.count, columns.count, rows.first, columns.first, rows.step, columns.step],
    ...[rows.sourceStep, columns.sourceStep, quads],
  ])
  rt.heap.free(table, tableBytes)
  rt.heap.free(a, weightBytes)
}

/** dw = gradient of the weights. */
export function directWeightGrad(rt: WasmRuntime, s: ConvShape, x: number, dy: number, dw: number): void {
  const C = s.inChannels / s.groups
  const K = s.outChannels / s.groups
  const taps = s.kernelHeight * s.kernelWidth
  const tableBytes = 8 * taps
  const table = rt.heap.allocate(tableBytes)
  let i = table >> 2
  for (let r = 0; r < s.kernelHeight; r++) {
    for (let t = 0; t < s.kernelWidth; t++) {
      rt.i32[i++] = r * s.dilationHeight - s.paddingHeight
      rt.i32[i++] = t * s.dilationWidth - s.paddingWidth
    }
  }
  const rows = roundUp(K, 2) + roundUp(taps * C, 4)
  const total = (s.outHeight * s.outWidth * s.lanes) / 4
  const quads = blockSize(total, Math.min(128, Math.max(16, (4 * blockBytes) / (16 * rows))), 1, rt.threads)
  const partBytes = 4 * s.groups * roundUp(K, 2) * roundUp(taps * C, 4)
  const parts = rt.heap.allocate(rt.threads * partBytes)
  rt.reserveScratch(16 * rows * quads)
  rt.run('convDirectWeightGrad', [
    ...[x, dy, parts, table, taps, C, K, s.groups, s.lanes, s.height, s.width, s.outHeight, s.outWidth],
    ...[s.strideHeight, s.strideWidth, quads, partBytes],
  ])
  rt.run('convDirectWeightGradEnd', [dw, parts, K, C, taps, s.groups, partBytes, rt.threads])
  rt.heap.free(parts, rt.threads * partBytes)
  rt.heap.free(table, tableBytes)
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
