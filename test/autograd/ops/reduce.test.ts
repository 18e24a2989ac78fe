import { expect, test } from 'vitest'
import { logSumExp, max, mean, sum } from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

const inputs = [
  [
    [1, 5, 3],
    [4, 2, 6],
  ],
]

onEachBackend(() => {
  test('sum of all', () => {
    expectOp((x) => sum(x!), {
      inputs,
      y: 21,
      dy: 2,
      gradients: [
        [
          [2, 2, 2],
          [2, 2, 2],
        ],
      ],
    })
  })

  test('sum over one axis', () => {
    const gradients = [
      [
        [1, 10, 100],
        [1, 10, 100],
      ],
    ]
    expectOp((x) => sum(x!, 0), { inputs, y: [5, 7, 9], dy: [1, 10, 100], gradients })
    expectOp((x) => sum(x!, 0, true), { inputs, y: [[5, 7, 9]], dy: [[1, 10, 100]], gradients })
    expectOp((x) => sum(x!, -1), {
      inputs,
      y: [9, 12],
      dy: [1, 10],
      gradients: [
        [
          [1, 1, 1],
          [10, 10, 10],
        ],
      ],
    })
  })

  test('over an empty list of axes, as PyTorch: over all', () => {
    expectArray(sum(tensor(inputs[0]!), []), 21, 'sum')
  })

  test('logSumExp', () => {
    expectOp((x) => logSumExp(x!, 1), {
      inputs: [
        [
          [0, Math.log(3)],
          [0, 0],
        ],
      ],
      y: [Math.log(4), Math.log(2)],
      dy: [4, 2],
      gradients: [
        [
          [1, 3],
          [1, 1],
        ],
      ],
    })
    expectArray(logSumExp(tensor([1000, 1000])), 1000 + Math.log(2), 'without overflow')
    const infinite = tensor([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(logSumExp(infinite).item()).toBe(Number.NEGATIVE_INFINITY)
    expect(logSumExp(tensor([0, Number.POSITIVE_INFINITY])).item()).toBe(Number.POSITIVE_INFINITY)
  })

  test('max of nothing is refused', () => {
    expect(() => max(zeros([2, 0]), 1)).toThrow(
      new ShapeError('max: expected at least one number to choose from, got (2, 0)'),
    )
  })

  test('mean', () => {
    expectOp((x) => mean(x!), {
      inputs,
      y: 3.5,
      dy: 6,
      gradients: [
        [
          [1, 1, 1],
          [1, 1, 1],
        ],
      ],
    })
    expectOp((x) => mean(x!, 1), {
      inputs,
      y: [3, 4],
      dy: [3, 6],
      gradients: [
        [
          [1, 1, 1],
          [2, 2, 2],
        ],
      ],
    })
  })

  test('max', () => {
    expectOp((x) => max(x!), {
      inputs,
      y: 6,
      dy: 2,
      gradients: [
        [
          [0, 0, 0],
          [0, 0, 2],
        ],
      ],
    })
    expectOp((x) => max(x!, 0), {
      inputs,
      y: [4, 5, 6],
      dy: [1, 2, 3],
      gradients: [
        [
          [0, 2, 0],
          [1, 0, 3],
        ],
      ],
    })
  })

  test('max of negative numbers; of equal ones the first gets the gradient', () => {
    expectOp((x) => max(x!), { inputs: [[-3, -1, -1]], y: -1, dy: 5, gradients: [[0, 5, 0]] })
    expectOp((x) => max(x!, 1), {
      inputs: [
        [
          [7, 7],
          [1, 2],
        ],
      ],
      y: [7, 2],
      dy: [1, 1],
      gradients: [
        [
          [1, 0],
          [0, 1],
        ],
      ],
    })
  })

  test.each([
    ['sum', sum],
    ['mean', mean],
    ['max', max],
  ])('%s refuses an axis that is not there', (name, reduction) => {
    expect(() => reduction(zeros([2, 3]), 2)).toThrow(new ShapeError(`${name}: expected an axis from -2 to 1, got 2`))
  })
})
