import type { AvgPoolSpec, PoolSpec } from '../../tensor/backend.js'
import { ShapeError, showShape } from '../../tensor/errors.js'
import { poolOutputShape, type Shape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { type Pair, pair } from './window.js'

const maxPoolOp = defineOp({
  name: 'maxPool2d',
  rule: 'dx = Σ dy of the windows whose first largest element x is',
  forward: ([x], spec: PoolSpec, { backend }) => {
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
}

function poolSpec(op: string, x: Tensor, kernel: Pair, options: PoolOptions): PoolSpec {
  const spec: PoolSpec = {
    kernel: pair(op, 'kernel', kernel, 1),
    stride: pair(op, 'stride', options.stride ?? kernel, 1),
    padding: pair(op, 'padding', options.padding ?? 0, 0),
  }
  if (x.rank !== 4) throw new ShapeError(`${op}: expected input (N, C, H, W), got ${showShape(x.shape)}`)
  if (spec.padding.some((p, i) => 2 * p > spec.kernel[i]!)) {
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

/** The largest value of each window; padding counts as −∞. x (N, C, H, W) */
export const maxPool2d = (x: Tensor, kernel: Pair, options: PoolOptions = {}): Tensor =>
  maxPoolOp([x], poolSpec('maxPool2d', x, kernel, options))

/** The mean of each window. x (N, C, H, W); `countIncludePad` (default true): padded zeros count in the divisor. */
export const avgPool2d = (x: Tensor, kernel: Pair, options: PoolOptions & { countIncludePad?: boolean } = {}): Tensor =>
  avgPoolOp([x], {
    ...poolSpec('avgPool2d', x, kernel, options),
    countIncludePad: options.countIncludePad ?? true,
  })

/** Average down to a plane of `size`, whatever the input's: 1 is global average pooling. x (N, C, H, W) */
export function adaptiveAvgPool2d(x: Tensor, size: Pair): Tensor {
  if (x.rank !== 4) throw new ShapeError(`adaptiveAvgPool2d: expected input (N, C, H, W), got ${showShape(x.shape)}`)
  return adaptiveAvgPoolOp([x], { size: pair('adaptiveAvgPool2d', 'size', size, 1) })
}
