import type { ActivationName, UnaryName } from '../../tensor/backend.js'
import type { NdArray } from '../../tensor/ndarray.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp, type OpContext } from '../op.js'

type Unary = (x: Tensor) => Tensor

type Backward = (dy: NdArray, kept: NdArray, context: OpContext) => [NdArray]

/** An operation whose gradient is a function of dy and either its input or its output: that one alone is kept. */
function elementwise(name: UnaryName, rule: string, keep: 'x' | 'y', backward: Backward): Unary {
  const op = defineOp({
    name,
    rule,
    forward: ([x], _: void, { backend }) => {
      const y = backend.unary(name, x!)
      return { out: y, saved: keep === 'y' ? y : x! }
    },
    backward,
  })
  return (x) => op([x])
}

/** An operation for whose gradient the backend has a primitive of its own. */
const activation = (name: ActivationName, rule: string, keep: 'x' | 'y'): Unary =>
  elementwise(name, rule, keep, (dy, kept, { backend }) => [backend.activationGrad(name, dy, kept)])

/** max(x, 0). The gradient at 0 is 0, as PyTorch's. */
export const relu = activation('relu', 'dx = dy where y > 0', 'y')

/** min(max(x, 0), 6)  (Howard et al. 2017) */
export const relu6 = activation('relu6', 'dx = dy where 0 < x < 6', 'x')

/** 1 / (1 + e⁻ˣ) */
export const sigmoid = activation('sigmoid', 'dx = dy · y · (1 − y)', 'y')

/** The hyperbolic tangent. */
export const tanh = activation('tanh', 'dx = dy · (1 − y²)', 'y')

/** relu6(x + 3) / 6  (Howard et al. 2019) */
export const hardSigmoid = activation('hardSigmoid', 'dx = dy / 6 where −3 < x < 3', 'x')

/** x · relu6(x + 3) / 6  (Howard et al. 2019) */
export const hardSwish = activation('hardSwish', 'dx = dy · h, h = 0 for x ≤ −3, 1 for x ≥ 3, else (2x + 3) / 6', 'x')

/** x / (1 + e⁻ˣ), also called swish  (Hendrycks and Gimpel 2016) */
export const silu = activation('silu', 'dx = dy · s · (1 + x · (1 − s)), s = sigmoid(x)', 'x')

/** eˣ */
export const exp = elementwise('exp', 'dx = dy · y', 'y', (dy, y, { backend }) => [backend.binary('mul', dy, y)])

/** Natural logarithm. */
export const log = elementwise('log', 'dx = dy / x', 'x', (dy, x, { backend }) => [backend.binary('div', dy, x)])

/** √x */
export const sqrt = elementwise('sqrt', 'dx = dy / 2y', 'y', (dy, y, { backend }) => [
  backend.affine(backend.binary('div', dy, y), 0.5, 0),
])

/** |x|; the gradient at 0 is 0. */
export const abs = elementwise('abs', 'dx = dy · sign(x)', 'x', (dy, x, { backend }) => [
  backend.binary('mul', dy, backend.unary('sign', x)),
])

/** x² */
export const square = elementwise('square', 'dx = 2x · dy', 'x', (dy, x, { backend }) => [
  backend.affine(backend.binary('mul', dy, x), 2, 0),
])
