import { describe, expect, test } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import { opChecks } from '../../src/autograd/checks.js'
import * as F from '../../src/autograd/functional.js'
import { createModel } from '../../src/models/registry.js'
import { summarize } from '../../src/nn/summary.js'
import { type Backend, withBackend } from '../../src/tensor/backend.js'
import { zeros } from '../../src/tensor/create.js'
import { MetaBackend } from '../../src/tensor/meta/metaBackend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { needsNumbers } from '../support/needsNumbers.js'

/** Shapes of the output of a check and of the gradients of its inputs. */
const shapesOn = (backend: Backend, { make }: (typeof opChecks)[number]) => {
  const { fn, inputs } = withBackend(new ReferenceBackend(), () => make(new Generator(0)))
  return withBackend(backend, () => {
    const xs = inputs.map(({ shape }) => zeros(shape, { requiresGrad: true }))
    const out = fn(...xs)
    backward(F.sum(out))
    return { out: out.shape, gradients: xs.map(({ gradArray }) => gradArray?.shape) }
  })
}

describe('shapes are those of the reference backend, gradients included:', () => {
  const checks = opChecks.filter((check) => !needsNumbers(check))
  test.each(checks.map((check) => [check.name, check] as const))('%s', (_, check) => {
    expect(shapesOn(new MetaBackend(), check)).toEqual(shapesOn(new ReferenceBackend(), check))
  })
})

test.each(opChecks.filter(needsNumbers).map((check) => [check.name, check] as const))('%s is refused', (_, check) => {
  expect(() => shapesOn(new MetaBackend(), check)).toThrow('a shape, but no numbers')
})

test('a network is counted as on any backend', () => {
  const count = () => summarize(createModel('ghostnet', { width: 0.25, seed: 0 }), [3, 32, 32])
  expect(withBackend(new MetaBackend(), count)).toEqual(withBackend(new ReferenceBackend(), count))
})

test('numbers are refused', () => {
  const x = withBackend(new MetaBackend(), () => zeros([2]))
  expect(() => x.data).toThrow('a tensor on the meta backend has a shape, but no numbers')
})
