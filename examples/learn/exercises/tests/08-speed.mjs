import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Generator, ReferenceBackend, randn, setBackend } from 'ghostgrad'
import * as F from 'ghostgrad/functional'

setBackend(new ReferenceBackend('float64'))

export default ({ winograd }) => {
  for (const seed of [1, 2, 3]) {
    test(`random numbers, seed ${seed}: the convolution's results by 36 products`, () => {
      const generator = new Generator(seed)
      const [tile, kernel] = [randn([6, 6], { generator }), randn([3, 3], { generator })]
      let count = 0
      const multiply = (a, b) => {
        count++
        return a * b
      }
      const y = winograd(tile.toArray(), kernel.toArray(), multiply)
      const [expected] = F.conv2d(tile.reshape([1, 1, 6, 6]), kernel.reshape([1, 1, 3, 3])).toArray()[0]
      assert.deepEqual([y.length, y[0].length], [4, 4])
      for (const [p, row] of expected.entries()) {
        for (const [q, v] of row.entries())
          assert.ok(Math.abs(y[p][q] - v) < 1e-10, `y[${p}, ${q}]: ${y[p][q]}, expected ${v}`)
      }
      assert.equal(count, 36)
    })
  }

  test('the products are needed: none of them is left out when they all are 0', () => {
    const ones = (n) => Array.from({ length: n }, () => new Array(n).fill(1))
    const y = winograd(ones(6), ones(3), () => 0)
    assert.ok(
      y.flat().every((v) => v === 0),
      'results that do not come from `multiply`',
    )
  })
}
