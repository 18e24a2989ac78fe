import type { WasmRuntime } from '../runtime.js'
import { type EpilogueArguments, noEpilogue } from './epilogue.js'
import { blockSize, type ConvShape, dotRowBytes, paddedRows, roundUp } from './shape.js'

/** Bytes of gathered pixels that a thread works on at a time. */
const blockBytes = 512 << 10
/** Largest weight gradient of which each thread gets a copy. */
const largestPart = 1 << 20

/** The taps of a kernel along one axis: which they are, and how far from a target's first source they look. */
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

/**
 * Of the targets of a very small plane, each sees another part of the kernel: they walk alone, with only the taps that fall into
 * the `size` sources. On a 2×2 plane this leaves 4 of 9 taps.
 */
function clipped(walk: Walk, size: number): Walk[] {
  const { first, step, count, sourceStep, taps } = walk
  const inside = (i: number, tap: number): boolean => {
    const source = i * sourceStep + taps.offset[tap]!
    return source >= 0 && source < size
  }
  const all = range(taps.index.length)
  if (count > 2 || range(count).every((i) => all.every((tap) => inside(i, tap)))) return [walk]
  return range(count).map((i) => {
    const kept = all.filter((tap) => inside(i, tap))
    const index = kept.map((tap) => taps.index[tap]!)
    const offset = kept.map((tap) => i * sourceStep + taps.offset[tap]!)
    return { first: first + i * step, step, count: 1, sourceStep, taps: { index, offset } }
  })
}

/** y = x ∗ w, with the epilogue. */
export function directForward(
  rt: WasmRuntime,
  s: ConvShape,
  x: number,
  w: number,
  y: number,
  epilogue: EpilogueArguments,
): void {
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
  for (const r of clipped(rows, s.height)) {
    for (const c of clipped(columns, s.width)) {
      multiply(rt, s, r, c, steps, x, [s.height, s.width], w, y, [s.outHeight, s.outWidth], epilogue)
    }
  }
}

/** dx = gradient of the input. */
export function directInputGrad(rt: WasmRuntime, s: ConvShape, dy: number, w: number, dx: number): void {
  // Inputs of one residue class modulo the stride see the same taps r, namely those for which (h + padding − r · dilation) is a
  // multiple of the stride, in consecutive outputs.
  const walks = (
    ...[kernel, stride, padding, dilation, size, outSize]: [number, number, number, number, number, number]
  ): Walk[] =>
    range(Math.min(stride, size)).flatMap((first) => {
      const index = range(kernel).filter((r) => (first + padding - r * dilation) % stride === 0)
      const offset = index.map((r) => (first + padding - r * dilation) / stride)
      const count = Math.ceil((size - first) / stride)
      return clipped({ first, step: stride, count, sourceStep: 1, taps: { index, offset } }, outSize)
    })
  const kernel = 4 * s.kernelHeight * s.kernelWidth
  const M = s.inChannels / s.groups
  const C = s.outChannels / s.groups
  const steps = { C, M, group: M * C * kernel, m: kernel, c: M * kernel }
  for (const r of walks(s.kernelHeight, s.strideHeight, s.paddingHeight, s.dilationHeight, s.height, s.outHeight)) {
    for (const c of walks(s.kernelWidth, s.strideWidth, s.paddingWidth, s.dilationWidth, s.width, s.outWidth)) {
      multiply(rt, s, r, c, steps, dy, [s.outHeight, s.outWidth], w, dx, [s.height, s.width], noEpilogue)
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
  epilogue: EpilogueArguments,
): void {
  const table = tapTable(rt, s, rows.taps, columns.taps)
  const length = table.taps * C
  const weightBytes = s.groups * paddedRows(M) * length * 4
  const a = rt.heap.allocate(weightBytes)
  const total = (rows.count * columns.count * s.blocks * s.lanes) / rt.lanes
  const vectorBytes = 4 * rt.lanes
  const wanted = Math.min(256 / rt.lanes, Math.max(32 / rt.lanes, blockBytes / (vectorBytes * length)))
  const blockVectors = blockSize(total, wanted, 2, rt.threads)
  rt.reserveScratch(roundUp(4 * blockVectors, 64) + 64 + vectorBytes * length * blockVectors)
  rt.run('convPack', {
    a,
    w,
    table: table.weights,
    taps: table.taps,
    M,
    C,
    groups: s.groups,
    groupStep: group,
    mStep: m,
    cStep: c,
  })
  rt.run('convDirect', {
    source,
    a,
    target,
    table: table.offsets,
    taps: table.taps,
    C,
    M,
    groups: s.groups,
    lanes: s.lanes,
    sourceHeight: sourceSize[0],
    sourceWidth: sourceSize[1],
    targetHeight: targetSize[0],
    targetWidth: targetSize[1],
    rows: rows.count,
    columns: columns.count,
    firstRow: rows.first,
    firstColumn: columns.first,
    rowStep: rows.step,
    columnStep: columns.step,
    sourceRowStep: rows.sourceStep,
    sourceColumnStep: columns.sourceStep,
    blockVectors,
    imageBlocks: s.blocks,
    ...epilogue,
  })
  rt.heap.free(a, weightBytes)
}

/** Lists of the taps of a kernel in the shared memory: their byte offsets in the weights, and what they look at. */
function tapTable(rt: WasmRuntime, s: ConvShape, rows: Taps, columns: Taps) {
  const places = rows.index.flatMap((r) => columns.index.map((c) => 4 * (r * s.kernelWidth + c)))
  const distances = rows.offset.flatMap((dh) => columns.offset.flatMap((dw) => [dh, dw]))
  return { taps: places.length, weights: rt.table(places), offsets: rt.table(distances) }
}

/** dw = gradient of the weights. */
export function directWeightGrad(rt: WasmRuntime, s: ConvShape, x: number, dy: number, dw: number): void {
  const rows = axisTaps(s.kernelHeight, s.strideHeight, s.paddingHeight, s.dilationHeight, s.height, s.outHeight)
  const columns = axisTaps(s.kernelWidth, s.strideWidth, s.paddingWidth, s.dilationWidth, s.width, s.outWidth)
  for (const r of rows) for (const c of columns) weightGradOfTaps(rt, s, r, c, x, dy, dw)
}

/** Taps along an axis whose weight gradients are sums over the outputs `first` … `first + count − 1`. */
interface TapRange {
  first: number
  count: number
  taps: Taps
}

/** All taps of an axis together; but one by one, with the outputs that they concern, where there are very few outputs. */
function axisTaps(
  ...[kernel, stride, padding, dilation, size, outSize]: [number, number, number, number, number, number]
): TapRange[] {
  const index = range(kernel)
  const offset = index.map((r) => r * dilation - padding)
  const ranges = index.map((r) => {
    const outputs = range(outSize).filter((i) => i * stride + offset[r]! >= 0 && i * stride + offset[r]! < size)
    return { first: outputs[0] ?? 0, count: outputs.length, taps: { index: [r], offset: [offset[r]!] } }
  })
  if (outSize > 2 || ranges.every(({ count }) => count === outSize)) {
    return [{ first: 0, count: outSize, taps: { index, offset } }]
  }
  return ranges
}

function weightGradOfTaps(
  rt: WasmRuntime,
  s: ConvShape,
  rows: TapRange,
  columns: TapRange,
  x: number,
  dy: number,
  dw: number,
): void {
  const C = s.inChannels / s.groups
  const K = s.outChannels / s.groups
  const { taps, weights, offsets } = tapTable(rt, s, rows.taps, columns.taps)
  const height = roundUp(K, 2) + paddedRows(taps * C)
  const partBytes = s.groups * (roundUp(K, 2) / 2) * dotRowBytes(taps * C)
  const splitRows = partBytes > largestPart || rt.threads === 1
  const parts = splitRows ? 1 : rt.threads
  const total = (rows.count * columns.count * s.blocks * s.lanes) / rt.lanes
  const vectorBytes = 4 * rt.lanes
  const wanted = Math.min(512 / rt.lanes, Math.max(128 / rt.lanes, blockBytes / (vectorBytes * height)))
  const blockVectors = blockSize(total, wanted, 1, splitRows ? 1 : rt.threads)
  const sums = rt.heap.allocate(parts * partBytes)
  rt.reserveScratch(vectorBytes * (12 + height * blockVectors))
  rt.run('convDirectWeightGrad', {
    x,
    dy,
    parts: sums,
    table: offsets,
    taps,
    C,
    K,
    groups: s.groups,
    lanes: s.lanes,
    height: s.height,
    width: s.width,
    outHeight: s.outHeight,
    outWidth: s.outWidth,
    rowStride: s.strideHeight,
    columnStride: s.strideWidth,
    blockVectors,
    partStep: splitRows ? 0 : partBytes,
    firstRow: rows.first,
    firstColumn: columns.first,
    rows: rows.count,
    columns: columns.count,
    partBytes,
    imageBlocks: s.blocks,
  })
  const kernel = 4 * s.kernelHeight * s.kernelWidth
  rt.run('convDirectWeightGradEnd', {
    dw,
    parts: sums,
    K,
    C,
    taps,
    groups: s.groups,
    partBytes,
    count: parts,
    table: weights,
    kernel,
  })
  rt.heap.free(sums, parts * partBytes)
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
