import { describe, expect, test } from 'vitest'
import { type BatchNormOptions, batchNorm } from '../../../src/autograd/functional.js'
import { ones, tensor, zeros } from '../../../src/tensor/create.js'
import { ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

/** N images of one value in one channel. */
const column = (...values: number[]) => values.map((v) => [v])

onEachBackend(() => {
  // Mean 1 and variance 1, so that x̂ = −1, −1, 1, 1.
  const inputs = [column(0, 0, 2, 2), [2], [1]]

  test('training', () => {
    expectOp((x, weight, bias) => batchNorm(x!, { weight: weight!, bias: bias!, training: true, eps: 0 }), {
      inputs,
      y: column(-1, -1, 3, 3),
      dy: column(1, 0, 0, 0),
      gradients: [column(1, -1, 0, 0), [-1], [1]],
    })
  })

  test('training moves the running statistics, towards the unbiased variance', () => {
    const [runningMean, runningVar] = [tensor([0]), tensor([1])]
    batchNorm(tensor(inputs[0]!), { training: true, runningMean, runningVar, momentum: 0.25 })
    expectArray(runningMean, [0.25], 'running mean')
    expectArray(runningVar, [0.75 + 0.25 * (4 / 3)], 'running variance')
  })

  test('evaluation normalizes by them and leaves them', () => {
    const [runningMean, runningVar] = [tensor([1]), tensor([4])]
    const options = { training: false, runningMean, runningVar, eps: 0 }
    expectOp((x, weight, bias) => batchNorm(x!, { weight: weight!, bias: bias!, ...options }), {
      inputs: [column(3, 1), [2], [1]],
      y: column(3, 1),
      dy: column(1, 10),
      gradients: [column(1, 10), [1], [11]],
    })
    expectArray(runningMean, [1], 'running mean')
    expectArray(runningVar, [4], 'running variance')
  })

  test('eps is added to the variance', () => {
    expectArray(batchNorm(tensor(column(5, 5)), { training: true }), column(0, 0), 'y')
    expectArray(batchNorm(tensor(column(-4, 4)), { training: true, eps: 9 }), column(-0.8, 0.8), 'y')
  })

  test('residual and relu follow in the same pass', () => {
    const running = { runningMean: tensor([0]), runningVar: tensor([1]), eps: 0, training: false }
    expectOp((x, residual) => batchNorm(x!, { ...running, residual: residual!, relu: true }), {
      inputs: [column(1, -3, 0), column(1, 1, 0)],
      y: column(2, 0, 0),
      dy: column(5, 7, 9),
      gradients: [column(5, 0, 0), column(5, 0, 0)],
    })
  })

  test('each channel by itself, over all positions', () => {
    const x = tensor([[[[0, 2]], [[10, 30]]]])
    expectArray(batchNorm(x, { training: true, eps: 0 }), [[[[-1, 1]], [[-1, 1]]]], 'y')
  })
})

describe('shapes that do not fit', () => {
  const refused = (shape: number[], options: BatchNormOptions, message: string) =>
    expect(() => batchNorm(zeros(shape), options)).toThrow(new ShapeError(`batchNorm: ${message}`))

  test('input', () => {
    refused([3], { training: true }, 'expected input (N, C, …), got (3,)')
  })

  test('weights and statistics', () => {
    const [x, training] = [[2, 3, 4, 4], true]
    const weight = ones([4])
    refused(x, { training, weight, bias: ones([3]) }, 'expected weight (3,), got (4,) (input (2, 3, 4, 4))')
    refused(x, { training, runningVar: weight }, 'expected runningVar (3,), got (4,) (input (2, 3, 4, 4))')
    refused(x, { training, bias: ones([3]) }, 'expected weight and bias together, got one of them')
    refused(x, { training, residual: ones([2, 3, 4]) }, 'expected a residual of shape (2, 3, 4, 4), got (2, 3, 4)')
    refused(
      x,
      { training: false, runningMean: ones([3]) },
      'expected runningMean and runningVar in evaluation, got none',
    )
  })

  test('one value a channel has no variance', () => {
    const message =
      'expected more than one value per channel when training, got input (1, 3, 1, 1); use a larger batch, or eval()'
    refused([1, 3, 1, 1], { training: true }, message)
  })
})
