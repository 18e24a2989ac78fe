import { expect, test } from 'vitest'
import {
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  summarize,
} from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend())

test('parameters, multiply-adds and shapes of one image, layer by layer', () => {
  const block = new Sequential(new Conv2d(3, 4, 3, { padding: 1 }), new BatchNorm2d(4), new ReLU())
  const model = new Sequential(block, new MaxPool2d(2), new Flatten(), new Linear(64, 10))
  const conv = 8 * 8 * 4 * 27 // pixels × channels × filter
  expect(summarize(model, [3, 8, 8])).toEqual({
    params: 4 * 27 + 4 + 4 + 4 + 640 + 10,
    macs: conv + 640,
    layers: [
      {
        name: '0.0',
        type: 'Conv2d',
        outputShape: [4, 8, 8],
        params: 112,
        macs: conv,
        window: { kernel: [3, 3], stride: [1, 1], groups: 1 },
      },
      { name: '0.1', type: 'BatchNorm2d', outputShape: [4, 8, 8], params: 8, macs: 0 },
      {
        name: '1',
        type: 'MaxPool2d',
        outputShape: [4, 4, 4],
        params: 0,
        macs: 0,
        window: { kernel: [2, 2], stride: [2, 2], groups: 1 },
      },
      { name: '2', type: 'Flatten', outputShape: [64], params: 0, macs: 0 },
      { name: '3', type: 'Linear', outputShape: [10], params: 650, macs: 640 },
    ],
  })
})

test('kernels and strides of both directions, and groups', () => {
  const conv = new Conv2d(4, 4, [3, 1], { stride: [2, 1], padding: [1, 0], groups: 4 })
  const { layers } = summarize(new Sequential(conv, new AvgPool2d(2, { stride: 1 })), [4, 8, 8])
  expect(layers.map(({ outputShape, window }) => ({ outputShape, ...window }))).toEqual([
    { outputShape: [4, 4, 8], kernel: [3, 1], stride: [2, 1], groups: 4 },
    { outputShape: [4, 3, 7], kernel: [2, 2], stride: [1, 1], groups: 1 },
  ])
})

test('a layer that runs twice is counted twice in multiply-adds, once in parameters', () => {
  const shared = new Conv2d(2, 2, 1, { bias: false })
  const { params, macs } = summarize(new Sequential(shared, shared), [2, 3, 3])
  expect({ params, macs }).toEqual({ params: 4, macs: 2 * 9 * 4 })
})

test('leaves modes, statistics and hooks as they were', () => {
  const norm = new BatchNorm2d(1).eval()
  const model = new Sequential(new Conv2d(1, 1, 1), norm)
  const state = model.stateDict()
  summarize(model, [1, 2, 2])
  expect([model.training, model[0]!.training, norm.training]).toEqual([true, true, false])
  expect(model.stateDict()).toEqual(state)
  expect(() => summarize(model, [2, 2, 2])).toThrow('conv2d: expected 1 input channels, got 2')
  expect(norm.training).toBe(false)
})
