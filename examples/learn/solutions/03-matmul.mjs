// Exercise 3, solved.
import { defineOp } from 'ghostgrad'

const gramOp = defineOp({
  name: 'gram',
  rule: 'dx = (dy + dyᵀ) · x',
  forward: ([x], _, { backend }) => ({
    out: backend.matmul(x, x, false, true),
    saved: x,
  }),
  // As the first factor x gets dy · (xᵀ)ᵀ = dy · x. As the second one xᵀ gets xᵀ · dy, so x gets dyᵀ · x.
  backward: (dy, x, { backend }) => [
    backend.binary('add', backend.matmul(dy, x, false, false), backend.matmul(dy, x, true, false)),
  ],
})

export const gram = (x) => gramOp([x])
