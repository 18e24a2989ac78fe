import type { Backend } from '../../tensor/backend.js'
import { GhostgradError } from '../../tensor/errors.js'
import type { NdArray } from '../../tensor/ndarray.js'
import { broadcastShapes, sameShape } from '../../tensor/shape.js'
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

/** The operands that are numbers, in their places; the others are null here, and inputs of the operation in their order. */
export interface Operands {
  numbers: readonly (number | null)[]
}

/** All operands as arrays. */
function withNumbers(backend: Backend, inputs: readonly NdArray[], { numbers }: Operands): NdArray[] {
  const given = [...inputs]
  return numbers.map((number) => (number === null ? given.shift()! : backend.full([], number)))
}

/** The gradients of the operands that are inputs. */
const ofInputs = <T>(gradients: readonly T[], { numbers }: Operands): T[] =>
  gradients.filter((_, i) => numbers[i] === null)

/** Call an operation with operands some of which may be numbers. */
function callWith(op: (inputs: readonly Tensor[], options: Operands) => Tensor, operands: (Tensor | number)[]): Tensor {
  const inputs = operands.filter((x) => x instanceof Tensor)
  return op(inputs, { numbers: operands.map((x) => (x instanceof Tensor ? null : x)) })
}

const greaterOp = defineOp({
  name: 'greater',
  rule: 'da = db = 0',
  forward: (inputs, options: Operands, { backend }) => {
    const [a, b] = withNumbers(backend, inputs, options) as [NdArray, NdArray]
    broadcastShapes('greater', a.shape, b.shape)
    return { out: backend.unary('relu', backend.binary('compare', a, b)), saved: null }
  },
  backward: (_, __, { options }) => ofInputs([null, null], options),
})

const whereOp = defineOp({
  name: 'where',
  rule: 'da = dy where the condition is not 0, db = dy where it is',
  forward: (inputs, options: Operands, { backend }) => {
    const [condition, a, b] = withNumbers(backend, inputs, options) as [NdArray, NdArray, NdArray]
    const shape = broadcastShapes('where', broadcastShapes('where', condition.shape, a.shape), b.shape)
    const repeated = (x: NdArray) => (sameShape(x.shape, shape) ? x : backend.broadcastTo(x, shape))
    const c = repeated(condition)
    return { out: backend.where(c, repeated(a), repeated(b)), saved: c }
  },
  backward: (dy, condition, { backend, options }) =>
    ofInputs([null, backend.where(condition, dy, null), backend.where(condition, null, dy)], options),
})

/** 1 where a > b, else 0, with broadcasting: a condition for `where`. No gradient flows through. */
export const greater = (a: Tensor, b: Tensor | number): Tensor => callWith(greaterOp, [a, b])

/** a where the condition is not 0, elsewhere b; all three broadcast. */
export const where = (condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor =>
  callWith(whereOp, [condition, a, b])

/**
 * min(max(x, low), high), as torch.clamp; where low > high the result is high. A bound that is a tensor broadcasts and gets the gradient
 * of what it replaced; null is no bound.
 */
export function clamp(x: Tensor, low: Tensor | number | null, high: Tensor | number | null = null): Tensor {
  if (low === null && high === null) throw new GhostgradError('clamp: expected at least one bound, got none')
  if (low instanceof Tensor || high instanceof Tensor) {
    const raised = low === null ? x : where(callWith(greaterOp, [low, x]), low, x)
    return high === null ? raised : where(greater(raised, high), high, raised)
  }
  return clampOp([x], { low: low ?? Number.NEGATIVE_INFINITY, high: high ?? Number.POSITIVE_INFINITY })
}
