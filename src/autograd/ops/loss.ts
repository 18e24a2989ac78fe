import { GhostgradError, ShapeError, showShape } from '../../tensor/errors.js'
import { normalizeAxis, sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { sub } from './arithmetic.js'
import { square } from './elementwise.js'
import { mean, sum } from './reduce.js'
import type { LossReduction } from './weightedLoss.js'

const softmaxOp = defineOp({
  name: 'softmax',
  rule: 'dx = y · (dy − Σ dy · y)',
  forward: ([x], { axis }: { axis: number }, { backend }) => {
    const y = backend.softmax(x!, axis)
    return { out: y, saved: y }
  },
  backward: (dy, y, { backend, options: { axis } }) => [backend.softmaxGrad(dy, y, axis)],
})

const logSoftmaxOp = defineOp({
  name: 'logSoftmax',
  rule: 'dx = dy − exp(y) · Σ dy',
  forward: ([x], { axis }: { axis: number }, { backend }) => {
    const y = backend.logSoftmax(x!, axis)
    return { out: y, saved: y }
  },
  backward: (dy, y, { backend, options: { axis } }) => [backend.logSoftmaxGrad(dy, y, axis)],
})

/** exp(x) / Σ exp(x) along `axis`. */
export const softmax = (x: Tensor, axis = -1): Tensor =>
  softmaxOp([x], { axis: normalizeAxis('softmax', axis, x.rank) })

/** log softmax(x) along `axis`, without overflow. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  logSoftmaxOp([x], { axis: normalizeAxis('logSoftmax', axis, x.rank) })

/** Of `mseLoss`. */
export interface MSELossOptions {
  /** Default: mean. */
  reduction?: LossReduction | undefined
}

/** (a − b)², as torch.nn.functional.mse_loss; equal shapes. */
export function mseLoss(a: Tensor, b: Tensor, { reduction = 'mean' }: MSELossOptions = {}): Tensor {
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(`mseLoss: expected equal shapes, got ${showShape(a.shape)} and ${showShape(b.shape)}`)
  }
  return reduceLosses('mseLoss', square(sub(a, b)), reduction)
}

/** What losses become. */
export function reduceLosses(op: string, losses: Tensor, reduction: LossReduction): Tensor {
  if (reduction === 'none') return losses
  if (reduction === 'mean') return mean(losses)
  if (reduction === 'sum') return sum(losses)
  throw new GhostgradError(`${op}: expected reduction none, mean or sum, got ${JSON.stringify(reduction)}`)
}
