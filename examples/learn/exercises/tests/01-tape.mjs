import assert from 'node:assert/strict'
import { test } from 'node:test'

export default ({ number, add, mul, backward }) => {
  test('(x · w + b)², as in the lesson', () => {
    const [x, w, b] = [number(2), number(3), number(-5)]
    const y = add(mul(x, w), b)
    backward(mul(y, y))
    assert.deepEqual([x.grad, w.grad, b.grad, y.grad], [6, 4, 2, 2])
  })

  test('a value that is used early and late: x · (x · x + x)', () => {
    const x = number(3)
    backward(mul(x, add(mul(x, x), x)))
    assert.equal(x.grad, 3 * 3 ** 2 + 2 * 3)
  })

  test('what the loss does not use has no gradient', () => {
    const x = number(3)
    const unused = mul(x, number(7))
    backward(add(x, x))
    assert.deepEqual([x.grad, unused.grad], [2, 0])
  })

  test('ten thousand operations, one after the other', () => {
    const one = number(1)
    let y = one
    for (let i = 0; i < 10_000; i++) y = add(y, one)
    backward(y)
    assert.equal(one.grad, 10_001)
  })

  test('forty doublings: 2⁴⁰ paths, but 41 nodes', () => {
    const x = number(1)
    let y = x
    for (let i = 0; i < 40; i++) y = add(y, y)
    backward(y)
    assert.equal(x.grad, 2 ** 40)
  })
}
