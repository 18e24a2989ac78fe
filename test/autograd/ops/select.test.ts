import { expect, test } from 'vitest'
import { clamp, greater, maximum, minimum, where } from '../../../src/autograd/functional.js'
import { tensor } from '../../../src/tensor/create.js'
import { GhostgradError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

onEachBackend(() => {
  test('clamp: the gradient passes between the bounds and at them', () => {
    expectOp((x) => clamp(x!, -1, 2), {
      inputs: [[-3, -1, 0, 2, 5]],
      y: [-1, -1, 0, 2, 2],
      dy: [1, 2, 3, 4, 5],
      gradients: [[0, 2, 3, 4, 0]],
    })
  })

  test('clamp by one bound, and by bounds in the wrong order', () => {
    expectArray(clamp(tensor([-3, 0, 5]), 1), [1, 1, 5], 'from below')
    expectArray(clamp(tensor([-3, 0, 5]), null, 1), [-3, 0, 1], 'from above')
    expectArray(clamp(tensor([-3, 0, 5]), 2, 1), [1, 1, 1], 'the upper bound wins')
    expect(() => clamp(tensor([1]), null)).toThrow(new GhostgradError('clamp: expected at least one bound, got none'))
  })

  test('clamp by tensors: a bound gets the gradient of what it replaced', () => {
    expectOp((x, low, high) => clamp(x!, low!, high!), {
      inputs: [[-3, 0, 5, 1], [-1], [4, 4, 4, -2]],
      y: [-1, 0, 4, -2],
      dy: [1, 2, 3, 4],
      gradients: [[0, 2, 0, 0], [1], [0, 0, 3, 4]],
    })
  })

  test('where', () => {
    expectOp((a, b) => where(tensor([[1], [0]]), a!, b!), {
      inputs: [
        [
          [1, 2],
          [3, 4],
        ],
        [10, 20],
      ],
      y: [
        [1, 2],
        [10, 20],
      ],
      dy: [
        [1, 2],
        [3, 4],
      ],
      gradients: [
        [
          [1, 2],
          [0, 0],
        ],
        [3, 4],
      ],
    })
  })

  test('where lets nothing through from what was not chosen', () => {
    const x = tensor([0, 4], { requiresGrad: true })
    const y = where(greater(x, 0), x.log(), -1)
    expectArray(y, [-1, Math.log(4)], 'y')
    expectArray(where(tensor([1, 0]), Number.NaN, x).slice([[1]]), [4], 'x')
    const g = tensor([Number.POSITIVE_INFINITY, 1])
    where(tensor([0, 1]), x, 0).backward(g)
    expectArray(x.grad!, [0, 1], 'gradient')
  })

  test('maximum and minimum: equal ones share the gradient', () => {
    expectOp(maximum, {
      inputs: [
        [1, 2, 3],
        [3, 2, 1],
      ],
      y: [3, 2, 3],
      dy: [1, 2, 3],
      gradients: [
        [0, 1, 3],
        [1, 1, 0],
      ],
    })
    expectOp((a, b) => minimum(a!, b!), {
      inputs: [[1, 2, 3], [2]],
      y: [1, 2, 2],
      dy: [1, 2, 3],
      gradients: [[1, 1, 0], [4]],
    })
    expectArray(maximum(tensor([-1, Number.NEGATIVE_INFINITY]), 0), [0, 0], 'a number')
    expect(minimum(tensor([Number.NaN]), tensor([1])).item()).toBeNaN()
  })

  test('greater', () => {
    expectArray(greater(tensor([1, 2, 3]), 2), [0, 0, 1], 'a > 2')
  })
})
