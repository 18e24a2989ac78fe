// Exercise 3: a backward rule. Check it by `node examples/learn/exercises/check.mjs 03`.
import { defineOp } from 'ghostgrad'

const gramOp = defineOp({
  name: 'gram',
  rule: 'dx = ?',
  forward: ([x], _, { backend }) => ({
    out: backend.matmul(x, x, false, true), // the second factor is read transposed
    saved: x,
  }),
  // dy is (M, M), x is (M, K), and so is the gradient, of which this returns a list of one. What you need of `backend`:
  // matmul(a, b, transposeA, transposeB) and binary('add', a, b).
  backward: (dy, x) => {
    throw new Error(`your turn: dx (${x.shape}) from dy (${dy.shape}) and x`)
  },
})

/** x · xᵀ: the inner products of all rows. (M, K) → (M, M) */
export const gram = (x) => gramOp([x])
