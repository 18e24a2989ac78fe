import { expect, test } from 'vitest'
import { add, addRelu, div, mul, neg, pow, sub } from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectOp } from '../../support/handWorked.js'

onEachBackend(() => {
  test('add, a row to a matrix', () => {
    expectOp(add, {
      inputs: [
        [
          [1, 2],
          [3, 4],
        ],
        [10, 20],
      ],
      y: [
        [11, 22],
        [13, 24],
      ],
      dy: [
        [1, 2],
        [3, 4],
      ],
      gradients: [
        [
          [1, 2],
          [3, 4],
        ],
        [4, 6],
      ],
    })
  })

  test('sub, a column and a row', () => {
    expectOp(sub, {
      inputs: [
        [[5], [7]],
        [1, 2, 3],
      ],
      y: [
        [4, 3, 2],
        [6, 5, 4],
      ],
      dy: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      gradients: [
        [[6], [15]],
        [-5, -7, -9],
      ],
    })
  })

  test('mul', () => {
    expectOp(mul, {
      inputs: [
        [2, 3],
        [5, -7],
      ],
      y: [10, -21],
      dy: [1, 10],
      gradients: [
        [5, -70],
        [2, 30],
      ],
    })
  })

  test('mul, a scalar and a matrix', () => {
    expectOp(mul, { inputs: [3, [[1, 2]]], y: [[3, 6]], dy: [[10, 100]], gradients: [210, [[30, 300]]] })
  })

  test('div', () => {
    expectOp(div, {
      inputs: [
        [6, -8],
        [3, 2],
      ],
      y: [2, -4],
      dy: [3, 1],
      gradients: [
        [1, 0.5],
        [-2, 2],
      ],
    })
  })

  test('numbers as the second operand', () => {
    const one = { inputs: [[1, 6]], dy: [1, 10] }
    expectOp((x) => add(x!, 3), { ...one, y: [4, 9], gradients: [[1, 10]] })
    expectOp((x) => sub(x!, 3), { ...one, y: [-2, 3], gradients: [[1, 10]] })
    expectOp((x) => mul(x!, 3), { ...one, y: [3, 18], gradients: [[3, 30]] })
    expectOp((x) => div(x!, 2), { ...one, y: [0.5, 3], gradients: [[0.5, 5]] })
    expectOp(neg, { ...one, y: [-1, -6], gradients: [[-1, -10]] })
  })

  test('addRelu: the gradient passes where the sum is positive', () => {
    expectOp((a, b) => addRelu(a!, b!), {
      inputs: [
        [1, -3, 2],
        [2, 1, -2],
      ],
      y: [3, 0, 0],
      dy: [5, 7, 9],
      gradients: [
        [5, 0, 0],
        [5, 0, 0],
      ],
    })
    expect(() => addRelu(zeros([2, 3]), zeros([3]))).toThrow('addRelu: expected equal shapes, got (2, 3) and (3,)')
  })

  test('pow', () => {
    expectOp((x) => pow(x!, 2), { inputs: [[2, -3]], y: [4, 9], dy: [1, 10], gradients: [[4, -60]] })
    expectOp((x) => pow(x!, 3), { inputs: [[2, -1]], y: [8, -1], dy: [1, 10], gradients: [[12, 30]] })
    expectOp((x) => pow(x!, -1), { inputs: [[2]], y: [0.5], dy: [4], gradients: [[-1]] })
    expectOp((x) => pow(x!, 0.5), { inputs: [[4]], y: [2], dy: [1], gradients: [[0.25]] })
  })

  test('pow at 0: exponents 0 and 1 have a gradient there', () => {
    expectOp((x) => pow(x!, 0), { inputs: [[0, 5]], y: [1, 1], dy: [1, 1], gradients: [[0, 0]] })
    expectOp((x) => pow(x!, 1), { inputs: [[0, 5]], y: [0, 5], dy: [1, 1], gradients: [[1, 1]] })
  })

  test.each([
    ['add', add],
    ['sub', sub],
    ['mul', mul],
    ['div', div],
  ])('%s refuses shapes that do not broadcast', (name, operation) => {
    expect(() => operation(zeros([4, 3]), tensor([1, 2]))).toThrow(
      new ShapeError(`${name}: cannot broadcast (4, 3) with (2,): sizes 3 and 2 at axis -1 differ and neither is 1`),
    )
  })
})
