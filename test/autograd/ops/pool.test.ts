import { describe, expect, test } from 'vitest'
import { adaptiveAvgPool2d, avgPool2d, maxPool2d } from '../../../src/autograd/functional.js'
import { tensor, zeros } from '../../../src/tensor/create.js'
import { ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectOp } from '../../support/handWorked.js'

/** One image of one channel. */
const plane = (...rows: number[][]) => [[rows]]

onEachBackend(() => {
  test('maxPool2d', () => {
    expectOp((x) => maxPool2d(x!, 2), {
      inputs: [plane([1, 2, 9, 0], [4, 3, 0, 0])],
      y: plane([4, 9]),
      dy: plane([1, 10]),
      gradients: [plane([0, 0, 10, 0], [1, 0, 0, 0])],
    })
  })

  test('maxPool2d: a maximum of two windows gets both gradients', () => {
    expectOp((x) => maxPool2d(x!, [1, 2], { stride: 1 }), {
      inputs: [plane([1, 5, 2])],
      y: plane([5, 5]),
      dy: plane([1, 10]),
      gradients: [plane([0, 11, 0])],
    })
  })

  test('maxPool2d: of equal values the first gets the gradient', () => {
    expectOp((x) => maxPool2d(x!, 2), {
      inputs: [plane([0, 7], [7, 7])],
      y: plane([7]),
      dy: plane([1]),
      gradients: [plane([0, 1], [0, 0])],
    })
  })

  test('maxPool2d: padding never wins', () => {
    expectOp((x) => maxPool2d(x!, 2, { padding: 1 }), {
      inputs: [plane([-4, -3], [-2, -1])],
      y: plane([-4, -3], [-2, -1]),
      dy: plane([1, 2], [3, 4]),
      gradients: [plane([1, 2], [3, 4])],
    })
  })

  test('maxPool2d finds what is not a number', () => {
    expect(maxPool2d(tensor([1, Number.NaN, 3, 4], [1, 1, 2, 2]), 2).item()).toBeNaN()
  })

  test('avgPool2d', () => {
    expectOp((x) => avgPool2d(x!, 2), {
      inputs: [plane([1, 2, 5, 5], [3, 2, 5, 1])],
      y: plane([2, 4]),
      dy: plane([4, 40]),
      gradients: [plane([1, 1, 10, 10], [1, 1, 10, 10])],
    })
  })

  test('avgPool2d: padding counts as zeros, or not at all', () => {
    const example = { inputs: [plane([4, 8])], dy: plane([4, 4]) }
    expectOp((x) => avgPool2d(x!, [2, 1], { stride: [2, 1], padding: [1, 0] }), {
      ...example,
      y: plane([2, 4]),
      gradients: [plane([2, 2])],
    })
    expectOp((x) => avgPool2d(x!, [2, 1], { stride: [2, 1], padding: [1, 0], countIncludePad: false }), {
      ...example,
      y: plane([4, 8]),
      gradients: [plane([4, 4])],
    })
  })

  test('adaptiveAvgPool2d to one value, and to uneven windows', () => {
    expectOp((x) => adaptiveAvgPool2d(x!, 1), {
      inputs: [plane([1, 2], [3, 6])],
      y: plane([3]),
      dy: plane([4]),
      gradients: [plane([1, 1], [1, 1])],
    })
    expectOp((x) => adaptiveAvgPool2d(x!, [1, 2]), {
      inputs: [plane([2, 4, 6])],
      y: plane([3, 5]),
      dy: plane([2, 20]),
      gradients: [plane([1, 11, 10])],
    })
    expectOp((x) => adaptiveAvgPool2d(x!, [null, 1]), {
      inputs: [plane([2, 4], [6, 8])],
      y: plane([3], [7]),
      dy: plane([2], [4]),
      gradients: [plane([1, 1], [2, 2])],
    })
  })

  test('ceil mode: windows that begin inside count', () => {
    expectOp((x) => maxPool2d(x!, 2, { ceilMode: true }), {
      inputs: [plane([1, 2, 3], [4, 5, 6], [7, 8, 9])],
      y: plane([5, 6], [8, 9]),
      dy: plane([1, 2], [3, 4]),
      gradients: [plane([0, 0, 0], [0, 1, 2], [0, 3, 4])],
    })
    expectOp((x) => avgPool2d(x!, [1, 2], { ceilMode: true }), {
      inputs: [plane([1, 2, 3])],
      y: plane([1.5, 3]),
      dy: plane([2, 10]),
      gradients: [plane([1, 1, 10])],
    })
  })

  test('ceil mode leaves out a window that would begin in the padding behind', () => {
    expect(maxPool2d(zeros([1, 1, 1, 3]), [1, 2], { padding: [0, 1], ceilMode: true }).shape).toEqual([1, 1, 1, 2])
  })

  test('maxPool2d with dilation, padding and one image', () => {
    expectOp((x) => maxPool2d(x!, [1, 2], { stride: 1, padding: [0, 1], dilation: [1, 3] }), {
      inputs: [[[[5, 1, 4, 2]]]],
      y: [[[4, 5, 1]]], // places −1 and 2, 0 and 3, 1 and 4
      dy: [[[1, 2, 3]]],
      gradients: [[[[2, 3, 1, 0]]]],
    })
  })

  test('avgPool2d by a divisor of its own', () => {
    expectOp((x) => avgPool2d(x!, 2, { divisorOverride: 2 }), {
      inputs: [plane([1, 2], [3, 6])],
      y: plane([6]),
      dy: plane([4]),
      gradients: [plane([2, 2], [2, 2])],
    })
    expect(() => avgPool2d(zeros([1, 1, 2, 2]), 2, { divisorOverride: 0 })).toThrow(
      new ShapeError('avgPool2d: expected divisorOverride to be a whole number other than 0, got 0'),
    )
  })
})

describe('shapes that do not fit', () => {
  const x = () => zeros([1, 1, 4, 4])
  const refused = (fn: () => unknown, message: string) => expect(fn).toThrow(new ShapeError(message))

  test('axes', () => {
    for (const [name, pool] of Object.entries({ maxPool2d, avgPool2d, adaptiveAvgPool2d })) {
      refused(() => pool(zeros([4, 4]), 2), `${name}: expected input (N, C, H, W) or (C, H, W), got (4, 4)`)
    }
  })

  test('kernel and stride', () => {
    refused(() => maxPool2d(x(), 0), 'maxPool2d: expected kernel to be a whole number ≥ 1 or a pair of them, got 0')
    refused(
      () => avgPool2d(x(), 2, { stride: [1, 0] }),
      'avgPool2d: expected stride to be a whole number ≥ 1 or a pair of them, got [1,0]',
    )
    refused(() => maxPool2d(x(), 5), 'maxPool2d: kernel (5, 5) is larger than the padded input (1, 1, 4, 4)')
  })

  test('padding', () => {
    refused(
      () => avgPool2d(x(), [2, 3], { padding: [1, 2] }),
      'avgPool2d: expected padding of at most half the kernel (2, 3), got (1, 2)',
    )
  })

  test('size', () => {
    refused(
      () => adaptiveAvgPool2d(x(), 0),
      'adaptiveAvgPool2d: expected size to be a whole number ≥ 1 or a pair of them, got 0',
    )
  })
})
