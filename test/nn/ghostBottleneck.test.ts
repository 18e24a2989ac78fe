import { describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { GhostBottleneck } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { randn } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import '../support/allClose.js'

setBackend(new ReferenceBackend('float64'))

const children = (block: GhostBottleneck) => Array.from(block.namedChildren(), ([name]) => name)

test('stride 1, shape kept: the input is added to two Ghost modules', () => {
  const block = new GhostBottleneck(8, 16, 8).eval()
  expect(children(block)).toEqual(['ghost1', 'ghost2', 'shortcut'])
  const x = randn([2, 8, 4, 4])
  const y = block.ghost2.call(block.ghost1.call(x))
  expect(block.call(x)).toBeAllClose(F.add(y, x), { absolute: 1e-12 })
})

test('the second Ghost module is linear', () => {
  const block = new GhostBottleneck(4, 8, 4)
  const layers = Array.from(block.namedModules(), ([path, module]) => `${path} ${module.constructor.name}`)
  expect(layers.filter((layer) => layer.endsWith('ReLU'))).toEqual([
    'ghost1.primary_conv.2 ReLU',
    'ghost1.cheap_operation.2 ReLU',
  ])
})

describe('shape changed', () => {
  test('stride 2 with squeeze and excitation', () => {
    const block = new GhostBottleneck(8, 20, 12, { kernel: 5, stride: 2, se: true })
    expect(children(block)).toEqual(['ghost1', 'conv_dw', 'bn_dw', 'se', 'ghost2', 'shortcut'])
    const shapes = Object.fromEntries(Object.entries(block.stateDict()).map(([name, { shape }]) => [name, shape]))
    expect(shapes).toMatchObject({
      'conv_dw.weight': [20, 1, 5, 5],
      'shortcut.0.weight': [8, 1, 5, 5],
      'shortcut.2.weight': [12, 8, 1, 1],
    })
    expect(block.call(randn([2, 8, 7, 7])).shape).toEqual([2, 12, 4, 4])
  })

  test('stride 1 with other channels has a shortcut of convolutions, and no depthwise one between', () => {
    const block = new GhostBottleneck(8, 16, 12)
    expect(children(block)).toEqual(['ghost1', 'ghost2', 'shortcut'])
    expect(Array.from(block.shortcut.namedChildren())).toHaveLength(4)
    expect(block.call(randn([2, 8, 4, 4])).shape).toEqual([2, 12, 4, 4])
  })
})
