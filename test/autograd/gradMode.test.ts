import { expect, test } from 'vitest'
import { enableGrad, isGradEnabled, noGrad } from '../../src/autograd/gradMode.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import '../../src/autograd/methods.js'

setBackend(new ReferenceBackend('float64'))

const x = tensor([2], { requiresGrad: true })

test('recording is on, and off inside noGrad', () => {
  expect(isGradEnabled()).toBe(true)
  expect(x.mul(2).requiresGrad).toBe(true)
  const y = noGrad(() => x.mul(2))
  expect([y.requiresGrad, y.isLeaf]).toEqual([false, true])
})

test('noGrad is undone when its function throws', () => {
  expect(() =>
    noGrad(() => {
      throw new Error('stop')
    }),
  ).toThrow('stop')
  expect(isGradEnabled()).toBe(true)
})

test('enableGrad records inside noGrad, and both nest', () => {
  noGrad(() => {
    expect(enableGrad(() => x.mul(2)).requiresGrad).toBe(true)
    noGrad(() => expect(isGradEnabled()).toBe(false))
    expect(isGradEnabled()).toBe(false)
  })
  expect(isGradEnabled()).toBe(true)
})

test('detach cuts the history: what lies before gets no gradient', () => {
  const z = tensor([3], { requiresGrad: true })
  const product = x.mul(z).detach().mul(z).sum()
  product.backward()
  expect(x.grad).toBeNull()
  expect(z.grad!.toArray()).toEqual([6])
})

test('what depends on no gradient is not recorded', () => {
  const y = tensor([1]).mul(2)
  expect([y.requiresGrad, y.node]).toEqual([false, null])
})
