import { type ActivationName, type ElementwiseName, elementwise, slopes } from '../../tensor/elementwise.js'
import type { NdArray } from '../../tensor/ndarray.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp, type OpContext } from '../op.js'

/** An operation of one tensor. */
export type Unary = (x: Tensor) => Tensor

type Backward = (dy: NdArray, saved: NdArray, context: OpContext) => [NdArray]

/** The gradients that are made of other primitives; an activation has one of its own. */
const gradients: { [Name in Exclude<ElementwiseName, ActivationName>]: Backward } = {
  exp: (dy, y, { backend }) => [backend.binary('mul', dy, y)],
  log: (dy, x, { backend }) => [backend.binary('div', dy, x)],
  sqrt: (dy, y, { backend }) => [backend.affine(backend.binary('div', dy, y), 0.5, 0)],
  abs: (dy, x, { backend }) => [backend.binary('mul', dy, backend.unary('sign', x))],
  square: (dy, x, { backend }) => [backend.affine(backend.binary('mul', dy, x), 2, 0)],
}

const isActivation = (name: ElementwiseName): name is ActivationName => name in slopes

/** The operation of a row of the table: its gradient is a function of dy and either x or y, and that one alone is saved. */
export function elementwiseOp(name: ElementwiseName): Unary {
  const { rule, saves } = elementwise[name]
  const op = defineOp({
    name,
    rule: rule!,
    forward: ([x], _: void, { backend }) => {
      const y = backend.unary(name, x!)
      return { out: y, saved: saves === 'y' ? y : x! }
    },
    backward: isActivation(name)
      ? (dy, saved, { backend }) => [backend.activationGrad(name, dy, saved)]
      : gradients[name],
  })
  return (x) => op([x])
}
