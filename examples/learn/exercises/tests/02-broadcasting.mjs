import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReferenceBackend, setBackend, tensor } from 'ghostgrad'

setBackend(new ReferenceBackend('float64'))

const cases = [
  ['nothing was repeated', [2, 3], [2, 3]],
  ['an axis that was missing', [3], [2, 3]],
  ['an axis of size 1', [2, 1], [2, 3]],
  ['one of each', [3, 1], [2, 3, 4]],
  ['an axis in the middle', [2, 1, 4], [2, 3, 4]],
  ['a single number', [], [2, 3]],
]

export default ({ sumToShape }) => {
  test('the example', () => assert.deepEqual(sumToShape([1, 2, 3, 4], [2, 1], [2, 2]), [3, 7]))

  for (const [what, from, to] of cases) {
    test(`${what}: (${from}) to (${to}), as ghostgrad sums it`, () => {
      const size = to.reduce((product, n) => product * n, 1)
      const dy = Array.from({ length: size }, (_, i) => (i + 1) ** 2)
      const x = tensor(new Array(from.reduce((product, n) => product * n, 1)).fill(1), from, { requiresGrad: true })
      x.expand(to).mul(1).backward(tensor(dy, to))
      assert.deepEqual(Array.from(sumToShape(dy, from, to)), Array.from(x.grad.values))
    })
  }
}
