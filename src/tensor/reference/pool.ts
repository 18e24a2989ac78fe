import type { AvgPoolSpec, PoolSpec } from '../backend.js'
import { poolOutputShape, type Shape } from '../shape.js'
import { type HostArray, zerosLike } from './hostArray.js'

/** The part of a sliding window that lies inside the plane: rows h0 … h1 − 1, columns w0 … w1 − 1. */
interface Region {
  h0: number
  h1: number
  w0: number
  w1: number
}

function windowAt(p: number, q: number, H: number, W: number, { kernel, stride, padding }: PoolSpec): Region {
  const top = p * stride[0] - padding[0]
  const left = q * stride[1] - padding[1]
  return {
    h0: Math.max(top, 0),
    h1: Math.min(top + kernel[0], H),
    w0: Math.max(left, 0),
    w1: Math.min(left + kernel[1], W),
  }
}

/** Call `visit(plane offset in x, output index, p, q)` for every output element. */
function forEachOutput(
  xShape: Shape,
  yShape: Shape,
  visit: (plane: number, y: number, p: number, q: number) => void,
): void {
  const [N, C, H, W] = xShape as [number, number, number, number]
  const [P, Q] = yShape.slice(2) as [number, number]
  for (let nc = 0; nc < N * C; nc++) {
    for (let p = 0; p < P; p++) {
      for (let q = 0; q < Q; q++) visit(nc * H * W, (nc * P + p) * Q + q, p, q)
    }
  }
}

/** Index within its plane of the first largest element of a window. */
function argmax(x: HostArray, plane: number, region: Region): number {
  const W = x.shape[3]!
  let best = -1
  for (let h = region.h0; h < region.h1; h++) {
    for (let w = region.w0; w < region.w1; w++) {
      const value = x.values[plane + h * W + w]!
      if (best === -1 || value > x.values[plane + best]! || Number.isNaN(value)) best = h * W + w
    }
  }
  return best
}

/** Also returns, for each output, the index within the plane of the element that was largest. */
function maxPool2d(x: HostArray, spec: PoolSpec): { y: HostArray; index: HostArray } {
  const yShape = poolOutputShape(x.shape, spec)
  const y = zerosLike(x, yShape)
  const index = zerosLike(x, yShape)
  forEachOutput(x.shape, yShape, (plane, o, p, q) => {
    const best = argmax(x, plane, windowAt(p, q, x.shape[2]!, x.shape[3]!, spec))
    index.values[o] = best
    y.values[o] = x.values[plane + best]!
  })
  return { y, index }
}

function maxPool2dGrad(dy: HostArray, index: HostArray, xShape: Shape): HostArray {
  const dx = zerosLike(dy, xShape)
  forEachOutput(xShape, dy.shape, (plane, o) => {
    dx.values[plane + index.values[o]!]! += dy.values[o]!
  })
  return dx
}

/** Which region of the input each output averages, and by what it divides the sum. */
type Averaging = (p: number, q: number) => Region & { divisor: number }

function fixedWindows(xShape: Shape, spec: AvgPoolSpec): Averaging {
  const [H, W] = xShape.slice(2) as [number, number]
  return (p, q) => {
    const region = windowAt(p, q, H, W, spec)
    // PyTorch clips the window at the padded plane even where padding counts.
    const rows = Math.min(p * spec.stride[0] + spec.kernel[0], H + 2 * spec.padding[0]) - p * spec.stride[0]
    const columns = Math.min(q * spec.stride[1] + spec.kernel[1], W + 2 * spec.padding[1]) - q * spec.stride[1]
    const inside = (region.h1 - region.h0) * (region.w1 - region.w0)
    return { ...region, divisor: spec.countIncludePad ? rows * columns : inside }
  }
}

/** Output p of P averages rows ⌊p·H/P⌋ … ⌈(p+1)·H/P⌉ − 1, as PyTorch's adaptive pooling. */
function adaptiveWindows(xShape: Shape, [P, Q]: readonly [number, number]): Averaging {
  const [H, W] = xShape.slice(2) as [number, number]
  return (p, q) => {
    const h0 = Math.floor((p * H) / P)
    const h1 = Math.ceil(((p + 1) * H) / P)
    const w0 = Math.floor((q * W) / Q)
    const w1 = Math.ceil(((q + 1) * W) / Q)
    return { h0, h1, w0, w1, divisor: (h1 - h0) * (w1 - w0) }
  }
}

function average(x: HostArray, yShape: Shape, averaging: Averaging): HostArray {
  const W = x.shape[3]!
  const y = zerosLike(x, yShape)
  forEachOutput(x.shape, yShape, (plane, o, p, q) => {
    const { h0, h1, w0, w1, divisor } = averaging(p, q)
    let sum = 0
    for (let h = h0; h < h1; h++) for (let w = w0; w < w1; w++) sum += x.values[plane + h * W + w]!
    y.values[o] = sum / divisor
  })
  return y
}

function averageGrad(dy: HostArray, xShape: Shape, averaging: Averaging): HostArray {
  const W = xShape[3]!
  const dx = zerosLike(dy, xShape)
  forEachOutput(xShape, dy.shape, (plane, o, p, q) => {
    const { h0, h1, w0, w1, divisor } = averaging(p, q)
    for (let h = h0; h < h1; h++) for (let w = w0; w < w1; w++) dx.values[plane + h * W + w]! += dy.values[o]! / divisor
  })
  return dx
}

const avgPool2d = (x: HostArray, spec: AvgPoolSpec): HostArray =>
  average(x, poolOutputShape(x.shape, spec), fixedWindows(x.shape, spec))

const avgPool2dGrad = (dy: HostArray, xShape: Shape, spec: AvgPoolSpec): HostArray =>
  averageGrad(dy, xShape, fixedWindows(xShape, spec))

const adaptiveAvgPool2d = (x: HostArray, size: readonly [number, number]): HostArray =>
  average(x, [x.shape[0]!, x.shape[1]!, ...size], adaptiveWindows(x.shape, size))

const adaptiveAvgPool2dGrad = (dy: HostArray, xShape: Shape): HostArray =>
  averageGrad(dy, xShape, adaptiveWindows(xShape, [dy.shape[2]!, dy.shape[3]!]))

export const poolOperations = {
  maxPool2d,
  maxPool2dGrad,
  avgPool2d,
  avgPool2dGrad,
  adaptiveAvgPool2d,
  adaptiveAvgPool2dGrad,
}
