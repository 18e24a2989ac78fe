import { normalizeAxes, reducedShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { div } from './arithmetic.js'

export interface Reduction {
  axes: readonly number[]
  keepDims: boolean
}

const sumOp = defineOp({
  name: 'sum',
  rule: 'dx = dy, repeated along the reduced axes',
  forward: ([x], { axes, keepDims }: Reduction, { backend }) => ({
    out: backend.sum(x!, axes, keepDims),
    saved: { shape: x!.shape },
  }),
  backward: (dy, { shape }, { backend, options: { axes } }) => [
    backend.broadcastTo(backend.reshape(dy, reducedShape(shape, axes, true)), shape),
  ],
})

const maxOp = defineOp({
  name: 'max',
  rule: 'dx = dy at the first largest element, 0 elsewhere',
  forward: ([x], { axes, keepDims }: Reduction, { backend }) => ({
    out: backend.max(x!, axes, keepDims),
    saved: x!,
  }),
  backward: (dy, x, { backend, options: { axes } }) => [
    backend.maxGrad(backend.reshape(dy, reducedShape(x.shape, axes, true)), x, axes),
  ],
})

/** Sum over `axes` (all of them where none are given). */
export const sum = (x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor =>
  sumOp([x], { axes: normalizeAxes('sum', axes, x.rank), keepDims })

/** Arithmetic mean over `axes`. */
export function mean(x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor {
  const count = normalizeAxes('mean', axes, x.rank).reduce((n, axis) => n * x.shape[axis]!, 1)
  return div(sum(x, axes, keepDims), count)
}

/** Largest value over `axes`. Where several are largest, the gradient goes to the first. */
export const max = (x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor =>
  maxOp([x], { axes: normalizeAxes('max', axes, x.rank), keepDims })
