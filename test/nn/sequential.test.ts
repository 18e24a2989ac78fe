import { expect, test } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import '../../src/autograd/methods.js'
import { BatchNorm2d, Conv2d, ReLU, Sequential } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ones, randn } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import '../support/allClose.js'

setBackend(new ReferenceBackend('float64'))

const build = () => new Sequential(new Conv2d(2, 3, 1, { generator: new Generator(1) }), new BatchNorm2d(3), new ReLU())

test('modules are called 0, 1, … and can be read by index', () => {
  const model = build()
  expect(Array.from(model.namedChildren(), ([name]) => name)).toEqual(['0', '1', '2'])
  expect(model[1]).toBeInstanceOf(BatchNorm2d)
  expect(model[3]).toBeUndefined()
  expect(Object.keys(model.stateDict())[0]).toBe('0.weight')
})

test('an empty one returns its input', () => {
  const x = ones([1])
  expect(new Sequential().call(x)).toBe(x)
})

test('batch norm and relu run as one pass, with the result and gradients of two', () => {
  const x = randn([4, 2, 3, 3], { generator: new Generator(2) })
  const fused = build()
  const plain = build()
  const calls: string[] = []
  fused.onForward((path) => calls.push(path))

  const y = fused.call(x)
  const conv = (plain[0] as Conv2d).call(x)
  const z = F.relu((plain[1] as BatchNorm2d).call(conv))
  expect(calls).toEqual(['0', '1', ''])
  expect(y).toBeAllClose(z, { absolute: 1e-12 })

  for (const out of [y, z]) backward(F.sum(F.square(out)))
  const gradients = (model: Sequential) => model.parameters().map((p) => p.grad!)
  for (const [i, gradient] of gradients(fused).entries()) {
    expect(gradient).toBeAllClose(gradients(plain)[i]!, { absolute: 1e-12 })
  }
})

test('a batch norm before anything else stays alone', () => {
  const model = new Sequential(new BatchNorm2d(1), new BatchNorm2d(1)).eval()
  expect(model.call(ones([1, 1, 1, 1]).neg()).item()).toBeLessThan(0)
})
