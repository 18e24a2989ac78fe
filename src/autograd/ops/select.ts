import type { Backend } from '../../tensor/backend.js'
import { GhostgradError } from '../../tensor/errors.js'
import type { NdArray } from '../../tensor/ndarray.js'
import { broadcastShapes, type Shape, sameShape } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'

export interface ClampOptions {
  low: number
  high: number
}

const clampOp = defineOp({
  name: 'clamp',
  rule: 'dx = dy where low ≤ x ≤ high',
  forward: ([x], { low, high }: ClampOptions, { backend }) => ({ out: backend.clamp(x!, low, high), saved: x! }),
  backward: (dy, x, { backend, options: { low, high } }) => [backend.clampGrad(dy, x, low, high)],
})

const greaterOp = defineOp({
  name: 'greater',
  rule: 'da = db = 0',
  forward: ([a, b], _: void, { backend }) => {
    broadcastShapes('greater', a!.shape, b!.shape)
    return { out: backend.unary('relu', backend.binary('compare', a!, b!)), saved: null }
  },
  backward: () => [null, null],
})

const whereOp = defineOp({
  name: 'where',
  rule: 'da = dy where the condition is not 0, db = dy where it is',
  forward: ([condition, a, b], _: void, { backend }) => {
    const shape = broadcastShapes('where', broadcastShapes('where', condition!.shape, a!.shape), b!.shape)
    const c = repeated(backend, condition!, shape)
    return { out: backend.where(c, repeated(backend, a!, shape), repeated(backend, b!, shape)), saved: c }
  },
  backward: (dy, condition, { backend, needs }) => [
    null,
    needs[1] ? backend.where(condition, dy, null) : null,
    needs[2] ? backend.where(condition, null, dy) : null,
  ],
})

const repeated = (backend: Backend, x: NdArray, shape: Shape): NdArray =>
  sameShape(x.shape, shape) ? x : backend.broadcastTo(x, shape)

/** A number as a tensor on the backend of another. */
export const asTensorLike = (like: Tensor, x: Tensor | number): Tensor =>
  typeof x === 'number' ? new Tensor(like.array.backend.full([], x)) : x

/** 1 where a > b, else 0, with broadcasting: a condition for `where`. No gradient flows through. */
export const greater = (a: Tensor, b: Tensor | number): Tensor => greaterOp([a, asTensorLike(a, b)])

/** a where the condition is not 0, elsewhere b; all three broadcast. */
export const where = (condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor =>
  whereOp([condition, asTensorLike(condition, a), asTensorLike(condition, b)])

/**
 * min(max(x, low), high), as torch.clamp; where low > high the result is high. A bound that is a tensor broadcasts and gets the gradient
 * of what it replaced; null is no bound.
 */
export function clamp(x: Tensor, low: Tensor | number | null, high: Tensor | number | null = null): Tensor {
  if (low === null && high === null) throw new GhostgradError('clamp: expected at least one bound, got none')
  if (low instanceof Tensor || high instanceof Tensor) {
    const raised = low === null ? x : where(greater(asTensorLike(x, low), x), low, x)
    return high === null ? raised : where(greater(raised, high), high, raised)
  }
  return clampOp([x], { low: low ?? Number.NEGATIVE_INFINITY, high: high ?? Number.POSITIVE_INFINITY })
}
