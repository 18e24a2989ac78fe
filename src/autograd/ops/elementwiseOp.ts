import {
  type ActivationName,
  type Elementwise,
  type ElementwiseName,
  elementwise,
  slopes,
} from '../../tensor/elementwise.js'
import type { NdArray } from '../../tensor/ndarray.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp, type OpContext } from '../op.js'

/** An operation of one tensor, and of constants where it has any. */
export type Elementary = (x: Tensor, ...constants: (number | undefined)[]) => Tensor

/** Constants by name, in the order of the row. */
export type Constants = Readonly<Record<string, number>>

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

/**
 * The operation of a row of the table: its gradient is a function of dy and either x or y, and that one alone is saved. Its constants
 * follow x in the order of the row, and are the options of the operation by name.
 */
export function elementwiseOp(name: ElementwiseName): Elementary {
  const { rule, saves, constants = {} } = elementwise[name] as Elementwise
  const names = Object.keys(constants)
  const op = defineOp({
    name,
    rule: rule!,
    forward: ([x], options: Constants | undefined, { backend }) => {
      const y = backend.unary(name, x!, options && Object.values(options))
      return { out: y, saved: saves === 'y' ? y : x! }
    },
    backward: isActivation(name)
      ? (dy, saved, { backend, options }) => [
          backend.activationGrad(name, dy, saved, options && Object.values(options)),
        ]
      : gradients[name],
  })
  if (names.length === 0) return (x) => op([x], undefined)
  return (x, ...given) => {
    return op([x], Object.fromEntries(names.map((constant, i) => [constant, given[i] ?? constants[constant]!])))
  }
}
