import { ReferenceBackend, setBackend, tensor } from 'ghostgrad'
import { AdamW, cosine, warmup as warmedUp } from 'ghostgrad/optim'
import { near } from '../expect.mjs'

const tolerance = 1e-12

export default ({ adamWStep, warmupCosine }) => [
  ...[0, 0.1].map((weightDecay) => ({
    name: `AdamW, weight decay ${weightDecay}: twenty steps as the library's`,
    hint: 'Five lines in the order of the formulas. m[i] and v[i] keep their values without hats; t counts from 1, and β ** t is a power.',
    run() {
      setBackend(new ReferenceBackend('float64'))
      const shared = { lr: 0.1, eps: 1e-3, weightDecay }
      const options = { ...shared, beta1: 0.9, beta2: 0.99 }
      const leaf = tensor([3, -2, 0.5], { requiresGrad: true })
      const optimizer = new AdamW([['p', leaf]], { ...shared, betas: [0.9, 0.99] })
      const p = [3, -2, 0.5]
      const m = [0, 0, 0]
      const v = [0, 0, 0]
      for (let t = 1; t <= 20; t++) {
        leaf
          .square()
          .mul(tensor([1, 5, 0.1]))
          .sum()
          .backward()
        adamWStep(p, Array.from(leaf.grad.values), m, v, t, options)
        optimizer.step()
        optimizer.zeroGrad()
        for (const [i, value] of leaf.values.entries()) near(p[i], value, tolerance, `step ${t}, p[${i}]`)
      }
    },
  })),
  {
    name: 'warm-up and cosine: every step as the library says',
    hint: 'Before step `warmup`: lr · k / warmup. From there on, the cosine of the lesson, whose step is k − warmup and which has steps − warmup of them.',
    run() {
      const [lr, warmup, steps] = [0.4, 10, 50]
      const expected = warmedUp(cosine({ lr, steps: steps - warmup }), { steps: warmup, startFactor: 0 })
      for (let k = 0; k <= steps; k++) near(warmupCosine(k, { lr, warmup, steps }), expected(k), tolerance, `step ${k}`)
    },
  },
]
