import { ShapeError, showShape } from '../../tensor/errors.js'
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

/** The largest float of single precision: what is larger is infinite. */
const largestFloat = 2 ** 128 - 2 ** 104

const logSumExpOp = defineOp({
  name: 'logSumExp',
  rule: 'dx = dy · exp(x − y)',
  forward: ([x], { axes, keepDims }: Reduction, { backend }) => {
    // Infinite ones cannot be taken out: ∞ − ∞ is not a number.
    const most = backend.clamp(backend.max(x!, axes, true), -largestFloat, largestFloat)
    const sum = backend.sum(backend.unary('exp', backend.binary('sub', x!, most)), axes, true)
    const y = backend.binary('add', backend.unary('log', sum), most)
    return { out: backend.reshape(y, reducedShape(x!.shape, axes, keepDims)), saved: { x: x!, y } }
  },
  backward: (dy, { x, y }, { backend }) => {
    const share = backend.unary('exp', backend.binary('sub', x, backend.clamp(y, -largestFloat, largestFloat)))
    return [backend.binary('mul', share, backend.reshape(dy, y.shape))]
  },
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
export function max(x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor {
  const normal = normalizeAxes('max', axes, x.rank)
  if (normal.some((axis) => x.shape[axis] === 0)) {
    throw new ShapeError(`max: expected at least one number to choose from, got ${showShape(x.shape)}`)
  }
  return maxOp([x], { axes: normal, keepDims })
}

/** log Σ exp(x) over `axes`, without overflow; −∞ over none. */
export const logSumExp = (x: Tensor, axes?: number | readonly number[], keepDims = false): Tensor =>
  logSumExpOp([x], { axes: normalizeAxes('logSumExp', axes, x.rank), keepDims })
