import { beforeAll, describe, expect, it } from 'vitest'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { evaluate } from '../../src/train/evaluate.js'
import { freeze, trainingMode } from '../../src/train/freeze.js'
import { TinyNet, tinyLoader } from './support.js'

beforeAll(() => setBackend(new ReferenceBackend()))

const net = () => new TinyNet(new Generator(0))

describe('freeze', () => {
  it.each([
    [['conv.*'], ['conv.weight']],
    [
      ['bn.*', 'fc.bias'],
      ['bn.weight', 'bn.bias', 'fc.bias'],
    ],
    [
      ['*', '!fc.*'],
      ['conv.weight', 'bn.weight', 'bn.bias'],
    ],
    [
      ['*', '!fc.*', '*.bias'],
      ['conv.weight', 'bn.weight', 'bn.bias', 'fc.bias'],
    ],
    [['f?.weight'], ['fc.weight']],
  ])('%j', (patterns, names) => {
    const model = net()
    expect(freeze(model, patterns)).toEqual(names)
    for (const [name, { requiresGrad }] of model.namedParameters()) expect(requiresGrad).toBe(!names.includes(name))
  })

  it('refuses patterns that fit nothing, and freezing all', () => {
    expect(() => freeze(net(), ['conv.wieght'])).toThrow(
      'freeze: "conv.wieght" fits none of the 5 parameters; did you mean "conv.weight"?, which are called as in conv.weight and fc.bias',
    )
    expect(() => freeze(net(), ['*'])).toThrow('freeze: * freezes all 5 parameters: nothing is left to train')
  })

  it('leaves frozen batch norms in evaluation mode, across an evaluation too', async () => {
    const model = net()
    freeze(model, ['bn.*'])
    trainingMode(model)
    const modes = () => [model.training, model.bn.training, model.dropout.training]
    expect(modes()).toEqual([true, false, true])
    await evaluate(model, tinyLoader(9, 4))
    expect(modes()).toEqual([true, false, true])
  })

  it('leaves a batch norm that is half frozen in training mode', () => {
    const model = net()
    freeze(model, ['bn.weight'])
    trainingMode(model)
    expect(model.bn.training).toBe(true)
  })
})
