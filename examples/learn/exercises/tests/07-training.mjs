import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReferenceBackend, setBackend, tensor } from 'ghostgrad'
import { AdamW, cosine, warmup as warmedUp } from 'ghostgrad/optim'

setBackend(new ReferenceBackend('float64'))

const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-12, `${a}, expected ${b}`)

export default ({ adamWStep, warmupCosine }) => {
  for (const weightDecay of [0, 0.1]) {
    test(`AdamW, weight decay ${weightDecay}: twenty steps as the library's`, () => {
      const options = { lr: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-3, weightDecay }
      const leaf = tensor([3, -2, 0.5], { requiresGrad: true })
      const optimizer = new AdamW([['p', leaf]], { ...options, betas: [0.9, 0.99] })
      const [p, m, v] = [
        [3, -2, 0.5],
        [0, 0, 0],
        [0, 0, 0],
      ]
      for (let t = 1; t <= 20; t++) {
        leaf
          .square()
          .mul(tensor([1, 5, 0.1]))
          .sum()
          .backward()
        adamWStep(p, Array.from(leaf.grad.values), m, v, t, options)
        optimizer.step()
        optimizer.zeroGrad()
        for (const [i, value] of leaf.values.entries()) close(p[i], value)
      }
    })
  }

  test('warm-up and cosine: every step as the library says', () => {
    const [lr, warmup, steps] = [0.4, 10, 50]
    const expected = warmedUp(cosine({ lr, steps: steps - warmup }), { steps: warmup, startFactor: 0 })
    for (let k = 0; k <= steps; k++) close(warmupCosine(k, { lr, warmup, steps }), expected(k))
  })
}
