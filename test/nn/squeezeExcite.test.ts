import { expect, test } from 'vitest'
import { SqueezeExcite } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import '../support/allClose.js'

setBackend(new ReferenceBackend('float64'))

test('scales each channel by a gate of the channel means', () => {
  const layer = new SqueezeExcite(2) // a quarter of 2 channels, rounded up to 4
  expect(layer.convReduce.weight.shape).toEqual([4, 2, 1, 1])
  layer.convReduce.weight.set([1, 0, 0, 1, -1, 0, 0, 0])
  layer.convReduce.bias!.set([0, 0, 0, 1])
  layer.convExpand.weight.set([1, 0, 9, 0, 0, -2, 9, 1])
  layer.convExpand.bias!.set([0.5, 0])
  const x = tensor([0, 2, 3, 5], [1, 2, 1, 2])
  // Channel means 1 and 4; reduced, after relu: 1, 4, 0, 1; expanded: 1 + 0.5 and −8 + 1; gates (1.5 + 3) / 6 and 0.
  expect(layer.call(x)).toBeAllClose([0, 1.5, 0, 0], { absolute: 1e-12 })
})

test('names are those of the release', () => {
  expect(Object.keys(new SqueezeExcite(72).stateDict())).toEqual([
    'conv_reduce.weight',
    'conv_reduce.bias',
    'conv_expand.weight',
    'conv_expand.bias',
  ])
  expect(new SqueezeExcite(72).convReduce.weight.shape).toEqual([20, 72, 1, 1]) // 18 → 20
})
