import { describe, expect, test } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import { BatchNorm1d, BatchNorm2d } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ones, tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import '../support/allClose.js'
import { fixture, type OpCase } from '../support/fixtures.js'
import { hashTensor } from '../support/hashTensor.js'

setBackend(new ReferenceBackend('float64'))

describe('BatchNorm2d agrees with PyTorch', () => {
  const { cases } = fixture<{ cases: OpCase[] }>('ops-batch-norm')
  test.each(cases.filter((c) => c.shape.length === 4))('$name', ({ inputs, options, buffers, shape, ...expected }) => {
    const { momentum, eps } = options
    const [, weight, bias] = inputs
    const layer = new BatchNorm2d(shape[1]!, { momentum, eps, affine: Boolean(weight) }).train(options.training)
    layer.weight?.set(hashTensor(weight!))
    layer.bias?.set(hashTensor(bias!))
    layer.runningMean!.set(hashTensor(buffers![0]!))
    layer.runningVar!.set(hashTensor(buffers![1]!))
    const x = tensor(hashTensor(inputs[0]!), shape, { requiresGrad: true })

    const y = layer.call(x)
    backward(y, tensor(hashTensor({ name: 'dout', shape }), shape))

    const tolerance = { relative: 1e-6, absolute: 1e-7 } // the fixtures have 7 digits
    expect(y).toBeAllClose(expected.output, { ...tolerance, what: 'output' })
    expect(layer.runningMean!).toBeAllClose(expected.runningMean!, { ...tolerance, what: 'running mean' })
    expect(layer.runningVar!).toBeAllClose(expected.runningVar!, { ...tolerance, what: 'running variance' })
    expect(layer.numBatchesTracked!.value).toBe(options.training ? 1 : 0)
    for (const [i, t] of [x, layer.weight, layer.bias].entries()) {
      if (t) expect(t.grad!).toBeAllClose(expected.grads[i]!, { relative: 1e-5, absolute: 1e-6, what: `gradient ${i}` })
    }
  })
})

test('the epilogue adds a residual, then applies relu', () => {
  const layer = new BatchNorm2d(1).eval()
  layer.runningVar!.set([1 - 1e-5])
  const x = tensor([-3, -1, 1, 3], [1, 1, 2, 2])
  const residual = ones([1, 1, 2, 2])
  expect(layer.call(x, { relu: true })).toBeAllClose([0, 0, 1, 3], { absolute: 1e-12 })
  expect(layer.call(x, { residual })).toBeAllClose([-2, 0, 2, 4], { absolute: 1e-12 })
  expect(layer.call(x, { residual, relu: true })).toBeAllClose([0, 0, 2, 4], { absolute: 1e-12 })
})

test('starts as the identity of normalized input: scale 1, shift 0, mean 0, variance 1', () => {
  const { weight, bias, runningMean, runningVar } = new BatchNorm2d(2)
  expect([weight, bias, runningMean, runningVar].map((t) => t!.toArray())).toEqual([
    [1, 1],
    [0, 0],
    [0, 0],
    [1, 1],
  ])
})

test('without running statistics every batch is its own measure, in evaluation too', () => {
  const layer = new BatchNorm2d(1, { trackRunningStats: false, affine: false }).eval()
  expect(Object.keys(layer.stateDict())).toEqual([])
  const y = layer.call(tensor([4, 6], [2, 1, 1, 1]))
  expect(y).toBeAllClose([-1, 1], { absolute: 1e-4 })
})

test('refuses training on one value per channel, and inputs of another rank', () => {
  expect(() => new BatchNorm2d(3).call(ones([1, 3, 1, 1]))).toThrow(
    'batchNorm: expected more than one value per channel when training, got input (1, 3, 1, 1); use a larger batch, or eval()',
  )
  expect(() => new BatchNorm2d(3).eval().call(ones([1, 3, 1, 1]))).not.toThrow()
  expect(() => new BatchNorm2d(3).call(ones([2, 3]))).toThrow('BatchNorm2d: expected input (N, C, H, W), got (2, 3)')
  expect(() => new BatchNorm1d(3).call(ones([2, 3, 1, 1]))).toThrow(
    'BatchNorm1d: expected input (N, C) or (N, C, L), got (2, 3, 1, 1)',
  )
})

test('BatchNorm1d normalizes columns', () => {
  const y = new BatchNorm1d(2, { eps: 0 }).call(
    tensor([
      [1, 10],
      [3, 30],
    ]),
  )
  expect(y).toBeAllClose([-1, -1, 1, 1], { absolute: 1e-12 })
  expect(F.sum(y).item()).toBeCloseTo(0, 12)
})
