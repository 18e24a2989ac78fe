import { expect, test } from 'vitest'
import { groupNorm, layerNorm, layerNorm2d } from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

// Two numbers at distance 2d from each other become ±d / √(d² + eps): with d = 3 and eps = 16 that is ±0.6, and 1 / √… is 0.2.
const eps = 16

onEachBackend(() => {
  test('layerNorm of rows, and its gradients', () => {
    // With w = (2, 3) and dy = (1, 0): g = (2, 0), x̂ = (0.6, −0.6), Σg / 2 = 1, Σg·x̂ / 2 = 0.6.
    expectOp((x, weight, bias) => layerNorm(x!, 2, { weight, bias, eps }), {
      inputs: [[[6, 0]], [2, 3], [10, 20]],
      y: [[11.2, 18.2]],
      dy: [[1, 0]],
      gradients: [[[0.2 * (2 - 1 - 0.36), 0.2 * (0 - 1 + 0.36)]], [0.6, 0], [1, 0]],
    })
  })

  test('layerNorm takes as many of the last axes as it is told', () => {
    const x = tensor([[[6, 0]], [[2, 8]]])
    expectArray(layerNorm(x, [2], { eps }), [[[0.6, -0.6]], [[-0.6, 0.6]]])
    expectArray(layerNorm(x, [1, 2], { eps, bias: tensor([[1, 0]]) }), [[[1.6, -0.6]], [[0.4, 0.6]]])
    expectArray(layerNorm(tensor([6, 0]), [2], { eps }), [0.6, -0.6])
  })

  test('groupNorm takes neighbouring channels together', () => {
    const x = tensor([[[6], [0], [5], [5]]])
    expectArray(groupNorm(x, 2, { eps, weight: tensor([1, 2, 1, 1]) }), [[[0.6], [-1.2], [0], [0]]])
    const planes = tensor([
      [
        [6, 0],
        [1, 7],
      ],
    ])
    expectArray(groupNorm(planes, 2, { eps, bias: tensor([0, 1]) }), [
      [
        [0.6, -0.6],
        [0.4, 1.6],
      ],
    ])
  })

  test('layerNorm2d normalizes over the channels of each place', () => {
    const x = tensor([
      [
        [6, 1],
        [0, 7],
      ],
    ])
    expectArray(layerNorm2d(x, { eps, weight: tensor([1, 2]) }), [
      [
        [0.6, -0.6],
        [-1.2, 1.2],
      ],
    ])
  })
})

test('what does not fit is named', () => {
  expect(() => layerNorm(zeros([2, 3]), 4)).toThrow(
    new ShapeError('layerNorm: expected the last axes of the input to be (4,), got an input (2, 3)'),
  )
  expect(() => layerNorm(zeros([2, 3]), 3, { weight: zeros([2]) })).toThrow('layerNorm: expected weight (3,), got (2,)')
  expect(() => groupNorm(zeros([2, 4, 3]), 3)).toThrow(
    'groupNorm: expected groups to divide the 4 channels of (2, 4, 3), got 3',
  )
  expect(() => groupNorm(zeros([4]), 2)).toThrow('groupNorm: expected an input (N, C, …), got (4,)')
})
