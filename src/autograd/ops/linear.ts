import { ShapeError, showShape } from '../../tensor/errors.js'
import { sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { add } from './arithmetic.js'

export interface MatmulOptions {
  transposeA: boolean
  transposeB: boolean
}

const matmulOp = defineOp({
  name: 'matmul',
  rule: 'da = dy · bᵀ, db = aᵀ · dy',
  forward: ([a, b], { transposeA, transposeB }: MatmulOptions, { backend, needs }) => ({
    out: backend.matmul(a!, b!, transposeA, transposeB),
    saved: { a: needs[1] ? a! : null, b: needs[0] ? b! : null },
  }),
  // Either operand may have been read transposed; then its gradient comes out transposed as well.
  backward: (dy, { a, b }, { backend, options: { transposeA, transposeB } }) => [
    b && (transposeA ? backend.matmul(b, dy, transposeB, true) : backend.matmul(dy, b, false, !transposeB)),
    a && (transposeB ? backend.matmul(dy, a, true, transposeA) : backend.matmul(a, dy, !transposeA, false)),
  ],
})

/** Matrix product of the last two axes: (…, m, k) · (…, k, n) → (…, m, n); the leading axes must be equal. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const fits = a.rank >= 2 && a.rank === b.rank && a.shape.at(-1) === b.shape.at(-2)
  if (!fits || !sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2))) {
    throw new ShapeError(`matmul: cannot multiply ${showShape(a.shape)} and ${showShape(b.shape)}`)
  }
  return matmulOp([a, b], { transposeA: false, transposeB: false })
}

/**
 * y = x · weightᵀ + bias
 * @param x (N, in)
 * @param weight (out, in)
 * @param bias (out,)
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  if (x.rank !== 2 || weight.rank !== 2 || x.shape[1] !== weight.shape[1]) {
    throw new ShapeError(
      `linear: expected input (N, ${weight.shape[1]}) for weight ${showShape(weight.shape)}, got ${showShape(x.shape)}`,
    )
  }
  const y = matmulOp([x, weight], { transposeA: false, transposeB: true })
  return bias ? add(y, bias) : y
}
