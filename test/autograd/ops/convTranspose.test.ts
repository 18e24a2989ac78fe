import { expect, test } from 'vitest'
import { convTranspose2d } from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

onEachBackend(() => {
  test('every number of the input stamps the kernel', () => {
    expectOp((x, weight, bias) => convTranspose2d(x!, weight!, { bias, stride: [1, 2] }), {
      inputs: [[[[[1, 2]]]], [[[[1, 10, 100]]]], [5]],
      y: [[[[6, 15, 107, 25, 205]]]],
      dy: [[[[1, 0, 1, 0, 0]]]],
      gradients: [[[[[101, 1]]]], [[[[3, 0, 1]]]], [2]],
    })
  })

  test('padding takes away, output padding adds, also where nothing is stamped', () => {
    const [x, weight] = [tensor([[[[1, 2]]]]), tensor([[[[1, 10, 100]]]])]
    expectArray(convTranspose2d(x, weight, { stride: [1, 2], padding: [0, 1] }), [[[[10, 102, 20]]]])
    expectArray(convTranspose2d(x, weight, { stride: [1, 3], outputPadding: [0, 2] }), [
      [[[1, 10, 100, 2, 20, 200, 0, 0]]],
    ])
    expectArray(convTranspose2d(x, weight, { dilation: [1, 2], outputPadding: [0, 1] }), [
      [[[1, 2, 10, 20, 100, 200, 0]]],
    ])
  })

  test('an image without a batch', () => {
    expectArray(convTranspose2d(tensor([[[3]]]), tensor([[[[1, 2]]]])), [[[3, 6]]])
  })
})

test('what does not fit is named', () => {
  const [x, weight] = [zeros([1, 2, 3, 3]), zeros([2, 1, 2, 2])]
  expect(() => convTranspose2d(x, zeros([3, 1, 2, 2]))).toThrow('convTranspose2d: expected 3 input channels, got 2')
  expect(() => convTranspose2d(x, weight, { groups: 3 })).toThrow('expected groups to divide the 2 input channels')
  expect(() => convTranspose2d(x, weight, { bias: zeros([2]) })).toThrow('expected bias (1,), got (2,)')
  expect(() => convTranspose2d(x, weight, { outputPadding: 1 })).toThrow('expected outputPadding to be smaller than')
  expect(() => convTranspose2d(x, weight, { padding: 2 })).toThrow('the padding takes away the whole result')
})
