import { equal, near } from '../expect.mjs'

/** Central differences of Σ dy · f by each x. */
function differences(f, x, dy, h = 1e-5) {
  const at = (i, v) => f(x.with(i, v)).reduce((sum, y, j) => sum + y * dy[j], 0)
  return x.map((v, i) => (at(i, v + h) - at(i, v - h)) / (2 * h))
}

const hint =
  'y = x · r, so dx = dy · r and something that comes through r. The walk of the lesson without its last step (centring) ends at r · (dy − y · mean(dy · y)).'

export default ({ rmsNorm, rmsNormGradient }) =>
  [
    ['one number', [3], [2]],
    ['two numbers', [1, -2], [1, 0]],
    ['six numbers', [2, 4, -4, 6, 9, 11], [1, 0, -2, 0, 3, 1]],
    ['numbers as small as ε', [0.003, -0.001, 0.002], [1, 2, 3]],
  ].map(([what, x, dy]) => ({
    name: `${what}: as differences say`,
    hint,
    run() {
      const dx = rmsNormGradient(dy, x)
      equal(dx.length, x.length)
      for (const [i, v] of differences(rmsNorm, x, dy, 1e-5 * Math.max(...x.map(Math.abs))).entries()) {
        near(dx[i], v, 1e-6 * Math.max(1, Math.abs(v)), `dx[${i}], by differences`)
      }
    },
  }))
