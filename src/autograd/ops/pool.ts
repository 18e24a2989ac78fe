import type { AvgPoolSpec, MaxPoolSpec } from '../../tensor/backend.js'
import { ShapeError, showShape } from '../../tensor/errors.js'
import { poolOutputShape, type Shape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { oneImageToo } from './oneImage.js'
import { type Pair, pair } from './window.js'

const maxPoolOp = defineOp({
  name: 'maxPool2d',
  rule: 'dx = Σ dy of the windows whose first largest element x is',
  forward: ([x], spec: MaxPoolSpec, { backend }) => {
    const { y, index } = backend.maxPool2d(x!, spec)
    return { out: y, saved: { index, shape: x!.shape } }
  },
  backward: (dy, { index, shape }, { backend, options }) => [backend.maxPool2dGrad(dy, index, shape, options)],
})

const avgPoolOp = defineOp({
  name: 'avgPool2d',
  rule: 'dx = Σ dy / window size of the windows that x is in',
  forward: ([x], spec: AvgPoolSpec, { backend }) => ({
    out: backend.avgPool2d(x!, spec),
    saved: { shape: x!.shape },
  }),
  backward: (dy, { shape }, { backend, options }) => [backend.avgPool2dGrad(dy, shape, options)],
})

const adaptiveAvgPoolOp = defineOp({
  name: 'adaptiveAvgPool2d',
  rule: 'dx = Σ dy / window size of the windows that x is in',
  forward: ([x], { size }: { size: readonly [number, number] }, { backend }) => ({
    out: backend.adaptiveAvgPool2d(x!, size),
    saved: { shape: x!.shape },
  }),
  backward: (dy, { shape }: { shape: Shape }, { backend }) => [backend.adaptiveAvgPool2dGrad(dy, shape)],
})

/** Geometry of a pooling window, with the defaults of PyTorch. */
export interface PoolOptions {
  /** Default: the kernel size. */
  stride?: Pair
  padding?: Pair
  /** Whether a window counts that goes beyond the padded input, unless it begins in the padding behind it; default false. */
  ceilMode?: boolean
}

/** Geometry of the windows of a maximum. */
export interface MaxPoolOptions extends PoolOptions {
  /** Places from one of a window to the next; default 1. */
  dilation?: Pair
}

/** Geometry of the windows of a mean, and what it divides by. */
export interface AvgPoolOptions extends PoolOptions {
  /** Whether padded zeros count in the divisor; default true. */
  countIncludePad?: boolean
  /** A whole number to divide each sum by, in place of the size of its window. */
  divisorOverride?: number
}

function poolSpec(op: string, x: Tensor, kernel: Pair, options: MaxPoolOptions): Required<MaxPoolSpec> {
  const spec = {
    kernel: pair(op, 'kernel', kernel, 1),
    stride: pair(op, 'stride', options.stride ?? kernel, 1),
    padding: pair(op, 'padding', options.padding ?? 0, 0),
    dilation: pair(op, 'dilation', options.dilation ?? 1, 1),
    ceilMode: options.ceilMode ?? false,
  }
  if (x.rank !== 4) throw new ShapeError(`${op}: expected input (N, C, H, W) or (C, H, W), got ${showShape(x.shape)}`)
  if (spec.padding.some((p, i) => 2 * p > spec.dilation[i]! * (spec.kernel[i]! - 1) + 1)) {
    throw new ShapeError(
      `${op}: expected padding of at most half the kernel ${showShape(spec.kernel)}, got ${showShape(spec.padding)}`,
    )
  }
  if (poolOutputShape(x.shape, spec).some((n) => n < 1)) {
    throw new ShapeError(
      `${op}: kernel ${showShape(spec.kernel)} is larger than the padded input ${showShape(x.shape)}`,
    )
  }
  return spec
}

/** The largest value of each window; padding counts as −∞. x (N, C, H, W) or (C, H, W) */
export const maxPool2d = (x: Tensor, kernel: Pair, options: MaxPoolOptions = {}): Tensor =>
  oneImageToo(x, (images) => maxPoolOp([images], poolSpec('maxPool2d', images, kernel, options)))

/** The mean of each window. x (N, C, H, W) or (C, H, W) */
export function avgPool2d(x: Tensor, kernel: Pair, options: AvgPoolOptions = {}): Tensor {
  const { countIncludePad = true, divisorOverride } = options
  if (divisorOverride !== undefined && !(Number.isInteger(divisorOverride) && divisorOverride !== 0)) {
    throw new ShapeError(
      `avgPool2d: expected divisorOverride to be a whole number other than 0, got ${divisorOverride}`,
    )
  }
  return oneImageToo(x, (images) => {
    const { dilation: _, ...spec } = poolSpec('avgPool2d', images, kernel, options)
    return avgPoolOp([images], { ...spec, countIncludePad, divisor: divisorOverride })
  })
}

/**
 * Average down to a plane of `size`, whatever the input's: 1 is global average pooling, null keeps the input's height or width.
 * x (N, C, H, W) or (C, H, W)
 */
export function adaptiveAvgPool2d(x: Tensor, size: Pair | readonly [number | null, number | null]): Tensor {
  if (x.rank !== 3 && x.rank !== 4) {
    throw new ShapeError(`adaptiveAvgPool2d: expected input (N, C, H, W) or (C, H, W), got ${showShape(x.shape)}`)
  }
  const plane = x.shape.slice(-2)
  const known = typeof size === 'number' ? size : (size.map((n, i) => n ?? plane[i]!) as [number, number])
  const spec = { size: pair('adaptiveAvgPool2d', 'size', known, 1) }
  return oneImageToo(x, (images) => adaptiveAvgPoolOp([images], spec))
}
