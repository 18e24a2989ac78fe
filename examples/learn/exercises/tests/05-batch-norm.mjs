import assert from 'node:assert/strict'
import { test } from 'node:test'

/** Central differences of Σ dy · f by each x. */
function differences(f, x, dy, h = 1e-5) {
  const at = (i, v) => f(x.with(i, v)).reduce((sum, y, j) => sum + y * dy[j], 0)
  return x.map((v, i) => (at(i, v + h) - at(i, v - h)) / (2 * h))
}

export default ({ rmsNorm, rmsNormGradient }) => {
  for (const [what, x, dy] of [
    ['one number', [3], [2]],
    ['two numbers', [1, -2], [1, 0]],
    ['six numbers', [2, 4, -4, 6, 9, 11], [1, 0, -2, 0, 3, 1]],
    ['numbers as small as ε', [0.003, -0.001, 0.002], [1, 2, 3]],
  ]) {
    test(`${what}: as differences say`, () => {
      const dx = rmsNormGradient(dy, x)
      const expected = differences(rmsNorm, x, dy, 1e-5 * Math.max(...x.map(Math.abs)))
      assert.equal(dx.length, x.length)
      for (const [i, v] of expected.entries()) {
        assert.ok(Math.abs(dx[i] - v) < 1e-6 * Math.max(1, Math.abs(v)), `dx[${i}]: ${dx[i]}, by differences ${v}`)
      }
    })
  }
}
