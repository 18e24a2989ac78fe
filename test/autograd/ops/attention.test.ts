import { expect, test } from 'vitest'
import { scaledDotProductAttention } from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

const ln3 = Math.log(3)

onEachBackend(() => {
  test('a mean of the values by softmax of the products', () => {
    // Products 0 and ln 3: weights 1/4 and 3/4. The gradient of a product is w · (dy·v − y) for dy = 1.
    expectOp((q, k, v) => scaledDotProductAttention(q!, k!, v!, { scale: 1 }), {
      inputs: [[[[ln3]]], [[[0], [1]]], [[[4], [8]]]],
      y: [[[7]]],
      dy: [[[1]]],
      gradients: [[[[0.75]]], [[[-0.75 * ln3], [0.75 * ln3]]], [[[0.25], [0.75]]]],
    })
  })

  test('products are divided by √d; a mask keeps a query from keys', () => {
    const [q, k, v] = [
      tensor([[[ln3, 0, 0, 0]]]),
      tensor([
        [
          [0, 0, 0, 0],
          [2, 0, 0, 0],
        ],
      ]),
      tensor([[[4], [8]]]),
    ]
    expectArray(scaledDotProductAttention(q, k, v), [[[7]]])
    expectArray(scaledDotProductAttention(q, k, v, { mask: tensor([[0, -Infinity]]) }), [[[4]]])
    const both = zeros([1, 2, 4])
    expectArray(scaledDotProductAttention(both, k, v, { isCausal: true }), [[[4], [6]]])
  })
})

test('what does not fit is named', () => {
  const x = zeros([1, 2, 3])
  expect(() => scaledDotProductAttention(x, zeros([1, 2, 4]), x)).toThrow('got (1, 2, 3), (1, 2, 4) and (1, 2, 3)')
  expect(() => scaledDotProductAttention(x, x, x, { isCausal: true, mask: zeros([2, 2]) })).toThrow('got both')
})
