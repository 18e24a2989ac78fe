import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertGradcheck, Generator, ReferenceBackend, randn, setBackend, tensor } from 'ghostgrad'

setBackend(new ReferenceBackend('float64'))
const random = (...shape) => randn(shape, { generator: new Generator(3), requiresGrad: true })

export default ({ gram }) => {
  test('one row: the square of its length', () => {
    const x = tensor([[3, 4]], { requiresGrad: true })
    gram(x).sum().backward()
    assert.deepEqual(x.grad.toArray(), [[6, 8]])
  })

  for (const shape of [
    [2, 3],
    [4, 2],
    [3, 3],
  ]) {
    test(`(${shape}): as differences say`, () => {
      // Not the plain sum: its dy is symmetric, which would hide a forgotten transpose.
      const weights = random(shape[0], shape[0]).detach()
      assertGradcheck((x) => gram(x).mul(weights), [random(...shape)], { tolerance: 1e-8 })
    })
  }
}
