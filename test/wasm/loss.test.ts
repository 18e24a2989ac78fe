import fc from 'fast-check'
import { expect, it } from 'vitest'
import { check, expectClose, onEachRuntime, paddedTo, randomLanes, seeds } from './kit.js'

const casesOf = (lanes: number) =>
  fc
    .record({
      K: fc.integer({ min: 1, max: 13 }),
      N: fc.integer({ min: 1, max: 19 }),
      seed: seeds,
      smoothing: fc.constantFrom(0, 0.1, 1),
      shift: fc.constantFrom(0, 90, -200),
    })
    .map((test) => ({ ...test, Np: paddedTo(lanes, test.N) }))

/** For each image, the column of K values; padded lanes are left out. */
const columns = (x: ArrayLike<number>, K: number, N: number, Np: number): number[][] =>
  Array.from({ length: N }, (_, n) => Array.from({ length: K }, (_, k) => x[k * Np + n]!))

/** Back to (K, Np), zero in the padded lanes. */
const toLanes = (images: number[][], K: number, Np: number): number[] =>
  Array.from({ length: K * Np }, (_, i) => images[i % Np]?.[Math.floor(i / Np)] ?? 0)

const logSoftmax = (x: number[]): number[] => {
  const most = Math.max(...x)
  const logSum = most + Math.log(x.reduce((sum, value) => sum + Math.exp(value - most), 0))
  return x.map((value) => value - logSum)
}
const softmax = (x: number[]): number[] => logSoftmax(x).map(Math.exp)
const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

onEachRuntime('loss', (run, lanes) => {
  const cases = casesOf(lanes)

  it('softmax, its logarithm and their gradients', () => {
    check(cases, ({ K, N, Np, seed, shift }) => {
      const shape = { slabs: 1, K, N, Np }
      const size = K * Np
      const x = randomLanes(K, shape, seed, 3, shift)
      const dy = randomLanes(K, shape, seed + 1)
      const [inputs, slopes] = [columns(x, K, N, Np), columns(dy, K, N, Np)]
      const expected = (f: (x: number[], dy: number[]) => number[]) =>
        toLanes(
          inputs.map((input, n) => f(input, slopes[n]!)),
          K,
          Np,
        )
      run(
        (arrays, rt) => {
          const [from, gradient, y, dx] = [arrays.put(x), arrays.put(dy), arrays.room(size), arrays.room(size)]
          rt.run('softmax', { y, x: from, ...shape })
          expectClose(arrays.get(y, size), expected(softmax), 2e-6)
          rt.run('softmaxBackward', { dx, dy: gradient, y, ...shape })
          const softmaxGradient = expected((x, dy) => {
            const p = softmax(x)
            return p.map((value, k) => value * (dy[k]! - dot(dy, p)))
          })
          expectClose(arrays.get(dx, size), softmaxGradient, 3e-6, 1)
          rt.run('logSoftmax', { y, x: from, ...shape })
          expectClose(arrays.get(y, size), expected(logSoftmax), 2e-6, 1)
          rt.run('logSoftmaxBackward', { dx, dy: gradient, y, ...shape })
          const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
          expectClose(
            arrays.get(dx, size),
            expected((x, dy) => softmax(x).map((p, k) => dy[k]! - p * sum(dy))),
            5e-6,
            1,
          )
        },
        'softmax',
        'softmaxBackward',
        'logSoftmax',
        'logSoftmaxBackward',
      )
    })
  })

  it('cross-entropy with label smoothing', () => {
    check(cases, ({ K, N, Np, seed, smoothing, shift }) => {
      const shape = { K, N, Np }
      const x = randomLanes(K, shape, seed, 3, shift)
      const labels = Array.from({ length: N }, (_, n) => (seed + 7 * n) % K)
      const images = columns(x, K, N, Np)
      const target = (n: number) =>
        Array.from({ length: K }, (_, k) => (k === labels[n] ? 1 - smoothing : 0) + smoothing / K)
      const losses = images.map((image, n) => -dot(target(n), logSoftmax(image)))
      const slopes = images.map((image, n) => softmax(image).map((p, k) => (p - target(n)[k]!) / N))
      run((arrays, rt) => {
        const [each, dLogits] = [arrays.room(Np), arrays.room(K * Np)]
        const inputs = { logits: arrays.put(x), labels: arrays.putInts(labels.concat(Array(Np - N).fill(0))) }
        rt.run('crossEntropy', { ...inputs, losses: each, dLogits, ...shape, smoothing, scale: 1 / N })
        expectClose(arrays.get(each, Np), [...losses, ...Array(Np - N).fill(0)], 5e-6, 1)
        expectClose(arrays.get(dLogits, K * Np), toLanes(slopes, K, Np), 3e-6, 1)
        const logits = arrays.lanes(x, { C: K, P: 1, N, Np }).view([N, K])
        const whole = arrays.backend.crossEntropy(logits, Int32Array.from(labels), smoothing)
        const mean = losses.reduce((a, b) => a + b, 0) / N
        expect(Math.abs(arrays.memory(whole.loss)[0]! - mean)).toBeLessThan(5e-6 * Math.max(1, ...losses))
        expect(arrays.memory(whole.dLogits)).toEqual(arrays.get(dLogits, K * Np))
      }, 'crossEntropy')
    })
  })
})
