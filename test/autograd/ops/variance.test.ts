import { expect, test } from 'vitest'
import { std, var as variance } from '../../../src/autograd/functional.js'
import { tensor } from '../../../src/tensor/create.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

onEachBackend(() => {
  test('var: 2 (x − mean) / (n − 1)', () => {
    expectOp((x) => variance(x!, 1), {
      inputs: [
        [
          [1, 3, 5],
          [2, 2, 2],
        ],
      ],
      y: [4, 0],
      dy: [1, 10],
      gradients: [
        [
          [-2, 0, 2],
          [0, 0, 0],
        ],
      ],
    })
  })

  test('std: (x − mean) / ((n − 1) y), and 0 where it is 0', () => {
    expectOp((x) => std(x!, 1), {
      inputs: [
        [
          [1, 3, 5],
          [2, 2, 2],
        ],
      ],
      y: [2, 0],
      dy: [1, 10],
      gradients: [
        [
          [-0.5, 0, 0.5],
          [0, 0, 0],
        ],
      ],
    })
  })

  test('over leading axes, not corrected, kept', () => {
    const x = tensor([
      [1, 10],
      [3, 30],
    ])
    expectArray(variance(x, 0, { correction: 0, keepDims: true }), [[1, 100]], 'var')
    expectArray(std(x, 0, { correction: 0 }), [1, 10], 'std')
    expectArray(variance(x, undefined, { correction: 0 }), 131.5, 'of all') // (1 + 9 + 100 + 900) / 4 − 11²
  })

  test('of one number there is no estimate', () => {
    expect(variance(tensor([3])).item()).toBeNaN()
  })
})
