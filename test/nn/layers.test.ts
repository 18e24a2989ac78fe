import { describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  ChannelShuffle,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  Flatten,
  HardSigmoid,
  HardSwish,
  Identity,
  Linear,
  MaxPool2d,
  MSELoss,
  makeDivisible,
  ReLU,
  ReLU6,
  Sigmoid,
} from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { arange, ones, tensor } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend())

describe('Conv2d', () => {
  test('convolves with stride, padding and bias', () => {
    const conv = new Conv2d(1, 1, 2, { stride: 2, padding: [0, 1] })
    conv.weight.set([1, 2, 3, 4])
    conv.bias!.set([10])
    // Rows [0 0 1 2 0] and [0 3 4 5 0] of the padded image (1 2 3 without its last column after striding)
    const y = conv.call(tensor([1, 2, 3, 4], [1, 1, 2, 2]))
    expect(y.toArray()).toEqual([[[[10 + 2 * 1 + 4 * 3, 10 + 1 * 2 + 3 * 4]]]])
  })

  test('groups split the channels; no bias on request', () => {
    const conv = new Conv2d(4, 6, [3, 1], { groups: 2, bias: false })
    expect(conv.weight.shape).toEqual([6, 2, 3, 1])
    expect(conv.bias).toBeNull()
    expect(() => new Conv2d(4, 6, 3, { groups: 4 })).toThrow(
      'Conv2d: expected groups to divide 4 input and 6 output channels, got 4',
    )
  })
})

test('Linear: x · weightᵀ + bias', () => {
  const linear = new Linear(2, 3)
  linear.weight.set([1, 2, 3, 4, 5, 6])
  linear.bias!.set([10, 20, 30])
  expect(linear.call(tensor([[1, 1]])).toArray()).toEqual([[13, 27, 41]])
  expect(new Linear(2, 3, { bias: false }).bias).toBeNull()
})

test('pooling layers', () => {
  const x = F.reshape(arange(16), [1, 1, 4, 4])
  expect(new MaxPool2d(2).call(x).toArray()).toEqual([
    [
      [
        [5, 7],
        [13, 15],
      ],
    ],
  ])
  expect(new MaxPool2d(3, { stride: 2, padding: 1 }).call(x).toArray()).toEqual([
    [
      [
        [5, 7],
        [13, 15],
      ],
    ],
  ])
  expect(new AvgPool2d(2).call(x).toArray()).toEqual([
    [
      [
        [2.5, 4.5],
        [10.5, 12.5],
      ],
    ],
  ])
  expect(new AvgPool2d(2, { stride: 4, padding: 1, countIncludePad: false }).call(x).toArray()).toEqual([
    [
      [
        [0, 3],
        [12, 15],
      ],
    ],
  ])
  expect(new AdaptiveAvgPool2d(1).call(x).toArray()).toEqual([[[[7.5]]]])
})

test('activations', () => {
  const x = tensor([-4, -1, 0, 1, 8])
  expect(new ReLU().call(x).toArray()).toEqual([0, 0, 0, 1, 8])
  expect(new ReLU6().call(x).toArray()).toEqual([0, 0, 0, 1, 6])
  expect(new Sigmoid().call(tensor([0])).toArray()).toEqual([0.5])
  const sixths = (...values: number[]) => Array.from(values, (v) => Math.fround(v / 6))
  expect(new HardSigmoid().call(x).data).toEqual(Float32Array.from(sixths(0, 2, 3, 4, 6)))
  for (const [i, v] of sixths(0, -2, 0, 4, 48).entries()) expect(new HardSwish().call(x).data[i]).toBeCloseTo(v, 6)
})

test('Flatten and Identity', () => {
  expect(new Flatten().call(ones([2, 3, 4, 5])).shape).toEqual([2, 60])
  expect(new Flatten(2).call(ones([2, 3, 4, 5])).shape).toEqual([2, 3, 20])
  const x = ones([2])
  expect(new Identity().call(x)).toBe(x)
})

test('Dropout: seeded zeros and a scale in training, nothing in evaluation', () => {
  const x = ones([1000])
  const drop = () => new Dropout(0.25, { generator: new Generator(3) })
  const y = drop().call(x).data
  expect(y).toEqual(drop().call(x).data)
  expect(new Set(y)).toEqual(new Set([0, Math.fround(4 / 3)]))
  expect(y.filter((v) => v === 0).length / 1000).toBeCloseTo(0.25, 1)
  expect(drop().eval().call(x)).toBe(x)
})

test('losses', () => {
  const logits = tensor([
    [0, 0],
    [0, 0],
  ])
  expect(new CrossEntropyLoss().call(logits, [0, 1]).item()).toBeCloseTo(Math.log(2), 6)
  // One sure logit: −log p is 0 for the label and 20 for the other class, which gets half of the smoothing.
  const sure = tensor([[20, 0]])
  expect(new CrossEntropyLoss({ labelSmoothing: 0.2 }).call(sure, [0]).item()).toBeCloseTo(0.1 * 20, 5)
  expect(new MSELoss().call(tensor([1, 2]), tensor([3, 5])).item()).toBe(6.5)
})

test.each([
  [16, 16],
  [18, 20], // the nearest, upwards from the middle
  [4 * 0.25, 4], // at least the divisor
  [20.8, 20],
  [5.9, 8], // 4 would be more than a tenth less
])('makeDivisible(%d, 4) is %d', (channels, expected) => {
  expect(makeDivisible(channels, 4)).toBe(expected)
})

describe('ChannelShuffle', () => {
  test('deals the channels of each group out to all groups', () => {
    const x = F.reshape(arange(12), [1, 6, 1, 2])
    const channels = new ChannelShuffle(2).call(x).toArray() as number[][][][]
    expect(channels[0]!.map(([row]) => row![0]! / 2)).toEqual([0, 3, 1, 4, 2, 5])
  })

  test('groups must divide the channels', () => {
    expect(() => new ChannelShuffle(4).call(ones([1, 6, 1, 1]))).toThrow(
      'ChannelShuffle: expected groups to divide the 6 channels, got 4',
    )
  })
})
