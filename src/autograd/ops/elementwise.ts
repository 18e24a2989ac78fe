import type { ActivationName, UnaryName } from '../../tensor/backend.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'

type Unary = (x: Tensor) => Tensor

/** An activation whose gradient is the backend's f′, from the output (`y`) or the input (`x`). */
function activation(name: ActivationName, rule: string, from: 'x' | 'y'): Unary {
  const op = defineOp({
    name,
    rule,
    forward: ([x], _: void, { backend }) => {
      const out = backend.unary(name, x!)
      return { out, saved: from === 'y' ? out : x! }
    },
    backward: (dy, saved, { backend }) => [backend.activationGrad(name, dy, saved)],
  })
  return (x) => op([x])
}

/** max(x, 0). The gradient at 0 is 0, as PyTorch's. */
export const relu = activation('relu', 'dx = dy where y > 0', 'y')

/** min(max(x, 0), 6)  (Howard et al. 2017) */
export const relu6 = activation('relu6', 'dx = dy where 0 < x < 6', 'x')

/** 1 / (1 + e⁻ˣ) */
export const sigmoid = activation('sigmoid', 'dx = dy · y · (1 − y)', 'y')

export const tanh = activation('tanh', 'dx = dy · (1 − y²)', 'y')

/** relu6(x + 3) / 6  (Howard et al. 2019) */
export const hardSigmoid = activation('hardSigmoid', 'dx = dy / 6 where −3 < x < 3', 'x')

/** x · relu6(x + 3) / 6  (Howard et al. 2019) */
export const hardSwish = activation('hardSwish', 'dx = dy · (0 | (2x + 3) / 6 | 1) for x (≤ −3 | between | ≥ 3)', 'x')

type Backward = Parameters<typeof defineOp<void, { x: Array_; y: Array_ }>>[0]['backward']
type Array_ = import('../../tensor/ndarray.js').NdArray

/** A function whose gradient is put together from other primitives. */
function elementary(name: UnaryName, rule: string, backward: Backward): Unary {
  const op = defineOp<void, { x: Array_; y: Array_ }>({
    name,
    rule,
    forward: ([x], _, { backend }) => {
      const y = backend.unary(name, x!)
      return { out: y, saved: { x: x!, y } }
    },
    backward,
  })
  return (x) => op([x])
}

/** eˣ */
export const exp = elementary('exp', 'dx = dy · y', (dy, { y }, { backend }) => [backend.binary('mul', dy, y)])

/** Natural logarithm. */
export const log = elementary('log', 'dx = dy / x', (dy, { x }, { backend }) => [backend.binary('div', dy, x)])

export const sqrt = elementary('sqrt', 'dx = dy / 2y', (dy, { y }, { backend }) => [
  backend.affine(backend.binary('div', dy, y), 0.5, 0),
])

/** |x|; the gradient at 0 is 0. */
export const abs = elementary('abs', 'dx = dy · sign(x)', (dy, { x }, { backend }) => [
  backend.binary('mul', dy, backend.unary('sign', x)),
])

export const square = elementary('square', 'dx = 2x · dy', (dy, { x }, { backend }) => [
  backend.affine(backend.binary('mul', dy, x), 2, 0),
])
