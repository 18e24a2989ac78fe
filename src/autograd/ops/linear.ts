import { ShapeError, showShape } from '../../tensor/errors.js'
import { broadcastShapes, sameShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { add } from './arithmetic.js'
import { expand, reshape } from './shape.js'

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

/**
 * Matrix product of the last two axes, as torch.matmul: (…, m, k) · (…, k, n) → (…, m, n). The leading axes broadcast. A vector (k,) is a
 * row on the left and a column on the right, and its axis is not in the result: (k,) · (k,) → (), (m, k) · (k,) → (m,).
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const left = a.rank === 1 ? reshape(a, [1, ...a.shape]) : a
  const right = b.rank === 1 ? reshape(b, [...b.shape, 1]) : b
  if (a.rank === 0 || b.rank === 0 || left.shape.at(-1) !== right.shape.at(-2)) {
    throw new ShapeError(`matmul: cannot multiply ${showShape(a.shape)} and ${showShape(b.shape)}`)
  }
  const y = product(left, right)
  if (a.rank > 1 && b.rank > 1) return y
  const [rows, columns] = [a.rank === 1 ? [] : y.shape.slice(-2, -1), b.rank === 1 ? [] : y.shape.slice(-1)]
  return reshape(y, [...y.shape.slice(0, -2), ...rows, ...columns])
}

/** The product of matrices; both operands have at least two axes, and they fit. */
function product(a: Tensor, b: Tensor): Tensor {
  const plain = { transposeA: false, transposeB: false }
  if (b.rank === 2) {
    const y = matmulOp([asRows(a), b], plain)
    return a.rank === 2 ? y : reshape(y, [...a.shape.slice(0, -1), b.shape[1]!])
  }
  const lead = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const repeated = (x: Tensor): Tensor => {
    const shape = [...lead, ...x.shape.slice(-2)]
    return sameShape(x.shape, shape) ? x : expand(x, shape)
  }
  return matmulOp([repeated(a), repeated(b)], plain)
}

/** (…, k) as a matrix with rows of k numbers. */
const asRows = (x: Tensor): Tensor => (x.rank === 2 ? x : reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]))

/**
 * y = x · weightᵀ + bias, as torch.nn.functional.linear.
 * @param x (…, in): any leading axes, or none
 * @param weight (out, in), or (in,) for a result without the last axis
 * @param bias (out,), or () for a weight (in,)
 * @returns (…, out)
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const inputs = weight.shape.at(-1)
  if (weight.rank < 1 || weight.rank > 2 || x.rank === 0 || x.shape.at(-1) !== inputs) {
    throw new ShapeError(
      `linear: expected input (…, in) and weight (out, in) or (in,), got ${showShape(x.shape)} and ${showShape(weight.shape)}`,
    )
  }
  const y = matmulOp([asRows(x), asRows(weight)], { transposeA: false, transposeB: true })
  const shifted = bias ? add(y, bias) : y
  const shape = [...x.shape.slice(0, -1), ...weight.shape.slice(0, -1)]
  return sameShape(shifted.shape, shape) ? shifted : reshape(shifted, shape)
}
