import { describe, expect, test } from 'vitest'
import { type Conv2dOptions, conv2d } from '../../../src/autograd/functional.js'
import { zeros } from '../../../src/tensor/create.js'
import { ShapeError } from '../../../src/tensor/errors.js'
import { onEachBackend } from '../../support/backends.js'
import { expectOp } from '../../support/handWorked.js'

/** One image of one channel. */
const plane = (...rows: number[][]) => [[rows]]
const nine = plane([1, 2, 3], [4, 5, 6], [7, 8, 9])

onEachBackend(() => {
  test('a 2×2 kernel', () => {
    expectOp((x, w, bias) => conv2d(x!, w!, { bias: bias! }), {
      inputs: [nine, plane([1, 2], [3, 4]), [100]],
      y: plane([137, 147], [167, 177]),
      dy: plane([1, 1], [1, 1]),
      gradients: [plane([1, 3, 2], [4, 10, 6], [3, 7, 4]), plane([12, 16], [24, 28]), [4]],
    })
  })

  test('stride 2 with padding 1', () => {
    expectOp((x, w) => conv2d(x!, w!, { stride: 2, padding: 1 }), {
      inputs: [nine, plane([1, 2], [3, 4])],
      y: plane([4, 18], [36, 77]),
      dy: plane([1, 0], [0, 10]),
      gradients: [plane([4, 0, 0], [0, 10, 20], [0, 30, 40]), plane([50, 60], [80, 91])],
    })
  })

  test('dilation 2 reads the corners', () => {
    expectOp((x, w) => conv2d(x!, w!, { dilation: 2 }), {
      inputs: [nine, plane([1, 10], [100, 1000])],
      y: plane([9731]),
      dy: plane([1]),
      gradients: [plane([1, 0, 10], [0, 0, 0], [100, 0, 1000]), plane([1, 3], [7, 9])],
    })
  })

  test('heights come first in every pair', () => {
    expectOp((x, w) => conv2d(x!, w!, { stride: [2, 1], padding: [0, 1] }), {
      inputs: [nine, plane([1, 10])],
      y: plane([10, 21, 32, 3], [70, 87, 98, 9]),
      dy: plane([1, 0, 0, 0], [0, 0, 0, 1]),
      gradients: [plane([10, 0, 0], [0, 0, 0], [0, 0, 1]), plane([9, 1])],
    })
  })

  test('same: what is odd of the padding goes to the end', () => {
    expectOp((x, w) => conv2d(x!, w!, { padding: 'same' }), {
      inputs: [plane([1, 2, 3]), plane([1, 10])],
      y: plane([21, 32, 3]),
      dy: plane([1, 2, 3]),
      gradients: [plane([1, 12, 23]), plane([14, 8])],
    })
    expect(conv2d(zeros([1, 1, 4, 4]), zeros([1, 1, 3, 3]), { padding: 'valid' }).shape).toEqual([1, 1, 2, 2])
    expect(() => conv2d(zeros([1, 1, 4, 4]), zeros([1, 1, 3, 3]), { padding: 'same', stride: 2 })).toThrow(
      new ShapeError('conv2d: padding "same" is for stride 1, got (2, 2)'),
    )
  })

  test('one image without a batch axis', () => {
    expectOp((x, w) => conv2d(x!, w!), {
      inputs: [[[[1, 2, 3]]], plane([1, 10])],
      y: [[[21, 32]]],
      dy: [[[1, 2]]],
      gradients: [[[[1, 12, 20]]], plane([5, 8])],
    })
  })

  test('1×1 over two channels: a weighted sum', () => {
    expectOp((x, w) => conv2d(x!, w!), {
      inputs: [[[[[1, 2]], [[3, 4]]]], [[[[10]], [[100]]]]],
      y: [[[[310, 420]]]],
      dy: [[[[1, 2]]]],
      gradients: [[[[[10, 20]], [[100, 200]]]], [[[[5]], [[11]]]]],
    })
  })

  test('depthwise: each channel has its own kernel', () => {
    expectOp((x, w) => conv2d(x!, w!, { groups: 2 }), {
      inputs: [[[[[1, 2]], [[3, 4]]]], [[[[10]]], [[[100]]]]],
      y: [[[[10, 20]], [[300, 400]]]],
      dy: [[[[1, 0]], [[0, 1]]]],
      gradients: [[[[[10, 0]], [[0, 100]]]], [[[[1]]], [[[4]]]]],
    })
  })

  test('depthwise with two kernels a channel: their outputs lie side by side', () => {
    expectOp((x, w) => conv2d(x!, w!, { groups: 2 }), {
      inputs: [[[[[1]], [[2]]]], [[[[3]]], [[[5]]], [[[7]]], [[[11]]]]],
      y: [[[[3]], [[5]], [[14]], [[22]]]],
      dy: [[[[1]], [[1]], [[1]], [[1]]]],
      gradients: [[[[[8]], [[18]]]], [[[[1]]], [[[1]]], [[[2]]], [[[2]]]]],
    })
  })

  test('several images add up in the gradient of the weight', () => {
    expectOp((x, w) => conv2d(x!, w!), {
      inputs: [[[[[1]]], [[[2]]], [[[3]]]], [[[[2]]]]],
      y: [[[[2]]], [[[4]]], [[[6]]]],
      dy: [[[[1]]], [[[10]]], [[[100]]]],
      gradients: [[[[[2]]], [[[20]]], [[[200]]]], [[[[321]]]]],
    })
  })
})

describe('shapes that do not fit', () => {
  const refused = (x: number[], weight: number[], options: Conv2dOptions, message: string) =>
    expect(() => conv2d(zeros(x), zeros(weight), options)).toThrow(new ShapeError(`conv2d: ${message}`))

  test('channels', () => {
    const [x, w] = [
      [4, 8, 32, 32],
      [32, 16, 3, 3],
    ]
    refused(x, w, {}, 'expected 16 input channels, got 8 (input (4, 8, 32, 32), weight (32, 16, 3, 3))')
    refused(
      [1, 3, 4, 4],
      [4, 2, 1, 1],
      { groups: 2 },
      'expected 4 input channels, got 3 (input (1, 3, 4, 4), weight (4, 2, 1, 1))',
    )
  })

  test('groups', () => {
    const shapes = '(input (1, 2, 4, 4), weight (3, 1, 1, 1))'
    for (const groups of [2, 0, 1.5]) {
      const message = `expected groups to divide the 3 output channels, got groups ${groups} ${shapes}`
      refused([1, 2, 4, 4], [3, 1, 1, 1], { groups }, message)
    }
  })

  test('axes', () => {
    const message = 'expected input (N, C, H, W) and weight (K, C / groups, R, S)'
    refused([4, 4], [1, 3, 1, 1], {}, `${message} (input (4, 4), weight (1, 3, 1, 1))`)
  })

  test('bias', () => {
    refused([1, 2, 3, 3], [4, 2, 1, 1], { bias: zeros([2]) }, 'expected bias (4,), got (2,)')
  })

  test('a kernel larger than the plane', () => {
    const message = 'the kernel is larger than the padded input (input (1, 1, 2, 2), weight (1, 1, 3, 3))'
    refused([1, 1, 2, 2], [1, 1, 3, 3], {}, message)
  })

  test('stride, padding and dilation', () => {
    const [x, w] = [
      [1, 1, 4, 4],
      [1, 1, 1, 1],
    ]
    refused(x, w, { stride: 0 }, 'expected stride to be a whole number ≥ 1 or a pair of them, got 0')
    refused(x, w, { padding: [1, -1] }, 'expected padding to be a whole number ≥ 0 or a pair of them, got [1,-1]')
    refused(x, w, { dilation: 1.5 }, 'expected dilation to be a whole number ≥ 1 or a pair of them, got 1.5')
  })
})
