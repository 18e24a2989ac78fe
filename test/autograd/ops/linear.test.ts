import { expect, test } from 'vitest'
import { linear, matmul } from '../../../src/autograd/functional.js'
import { zeros } from '../../../src/tensor/create.js'
import { ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectArray, expectOp } from '../../support/handWorked.js'

onEachBackend(() => {
  test('matmul', () => {
    expectOp(matmul, {
      inputs: [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ],
      y: [
        [19, 22],
        [43, 50],
      ],
      dy: [
        [1, 0],
        [0, 10],
      ],
      gradients: [
        [
          [5, 7],
          [60, 80],
        ],
        [
          [1, 30],
          [2, 40],
        ],
      ],
    })
  })

  test('matmul, a row by a column and a column by a row', () => {
    expectOp(matmul, { inputs: [[[1, 2]], [[3], [4]]], y: [[11]], dy: [[2]], gradients: [[[6, 8]], [[2], [4]]] })
    expectOp(matmul, {
      inputs: [[[1], [2]], [[3, 4]]],
      y: [
        [3, 4],
        [6, 8],
      ],
      dy: [
        [1, 1],
        [1, 1],
      ],
      gradients: [[[7], [7]], [[3, 3]]],
    })
  })

  test('matmul in batches', () => {
    expectOp(matmul, {
      inputs: [
        [[[1, 2]], [[3, 4]]],
        [
          [[1], [1]],
          [[0], [2]],
        ],
      ],
      y: [[[3]], [[8]]],
      dy: [[[1]], [[10]]],
      gradients: [
        [[[1, 1]], [[0, 20]]],
        [
          [[1], [2]],
          [[30], [40]],
        ],
      ],
    })
  })

  test('matmul of vectors', () => {
    expectOp(matmul, {
      inputs: [
        [1, 2],
        [3, 4],
      ],
      y: 11,
      dy: 2,
      gradients: [
        [6, 8],
        [2, 4],
      ],
    })
    expectOp(matmul, {
      inputs: [
        [
          [1, 2],
          [3, 4],
        ],
        [1, 10],
      ],
      y: [21, 43],
      dy: [1, 2],
      gradients: [
        [
          [1, 10],
          [2, 20],
        ],
        [7, 10],
      ],
    })
  })

  test('matmul repeats one of the matrices for all of the others', () => {
    expectOp(matmul, {
      inputs: [
        [[[1, 2]]],
        [
          [[1], [1]],
          [[0], [2]],
        ],
      ],
      y: [[[3]], [[4]]],
      dy: [[[1]], [[10]]],
      gradients: [
        [[[1, 21]]],
        [
          [[1], [2]],
          [[10], [20]],
        ],
      ],
    })
  })

  test('matmul over no inner numbers gives zeros', () => {
    expectArray(
      matmul(zeros([2, 0]), zeros([0, 3])),
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      'y',
    )
  })

  test('linear of more axes, and of a vector by a vector', () => {
    expectOp(linear, {
      inputs: [[[[1, 2]], [[3, 4]]], [[1, 1]], [10]],
      y: [[[13]], [[17]]],
      dy: [[[1]], [[2]]],
      gradients: [[[[1, 1]], [[2, 2]]], [[7, 10]], [3]],
    })
    expectOp((x, w) => linear(x!, w!), {
      inputs: [
        [1, 2],
        [3, 4],
      ],
      y: 11,
      dy: 1,
      gradients: [
        [3, 4],
        [1, 2],
      ],
    })
  })

  test('linear', () => {
    expectOp(linear, {
      inputs: [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [1, 0],
          [1, 1],
          [0, 2],
        ],
        [10, 20, 30],
      ],
      y: [
        [11, 23, 34],
        [13, 27, 38],
      ],
      dy: [
        [1, 0, 0],
        [0, 1, 1],
      ],
      gradients: [
        [
          [1, 0],
          [1, 3],
        ],
        [
          [1, 2],
          [3, 4],
          [3, 4],
        ],
        [1, 1, 1],
      ],
    })
  })

  test('linear without bias', () => {
    expectOp((x, w) => linear(x!, w!), {
      inputs: [[[1, 2]], [[3, 4]]],
      y: [[11]],
      dy: [[1]],
      gradients: [[[3, 4]], [[1, 2]]],
    })
  })

  test('shapes that do not fit', () => {
    const refused = (a: number[], b: number[], message: string) =>
      expect(() => matmul(zeros(a), zeros(b))).toThrow(new ShapeError(`matmul: cannot multiply ${message}`))
    refused([2, 3], [2, 3], '(2, 3) and (2, 3)')
    refused([3], [4], '(3,) and (4,)')
    refused([2, 2, 3], [2, 2], '(2, 2, 3) and (2, 2)')
    refused([], [3], '() and (3,)')
    expect(() => linear(zeros([2, 5]), zeros([4, 3]))).toThrow(
      new ShapeError('linear: expected input (…, in) and weight (out, in) or (in,), got (2, 5) and (4, 3)'),
    )
    expect(() => linear(zeros([2, 3]), zeros([4, 3]), zeros([3]))).toThrow(ShapeError)
  })
})
