/** The stored values of PyTorch in test/fixtures/optim.json. */
import { describe, expect, it } from 'vitest'
import { AdamW } from '../../src/optim/adamW.js'
import { clipGradNorm } from '../../src/optim/clip.js'
import { EMA } from '../../src/optim/ema.js'
import { Muon } from '../../src/optim/muon.js'
import type { Optimizer } from '../../src/optim/optimizer.js'
import { constant, cosine, linear, multiStep, oneCycle, type Schedule, warmup } from '../../src/optim/schedule.js'
import { SGD } from '../../src/optim/sgd.js'
import { getBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { onEachBackend } from '../support/backends.js'
import { fixture } from '../support/fixtures.js'
import { hashTensor } from '../support/hashTensor.js'
import '../support/allClose.js'
import { setGradient } from './kit.js'

type Row<T> = T & { options: Record<string, number> }

const stored = fixture<{
  optimizers: {
    optimizer: string
    options: { lr: number }
    shape?: number[]
    optionsOfB?: object
    lrs?: number[]
    steps: [w: number[], b: number[]][]
  }[]
  schedules: Row<{ schedule: string; lr: number; lrs: number[] }>[]
  clipping: { maxNorm: number; normType: number | 'inf'; totalNorm: number; grads: number[][] }[]
  averaging: { decay: number; steps: number[][] }[]
}>('optim')

const shapes = { w: [3, 4], b: [5] }
const start = (name: 'w' | 'b'): Tensor => tensor(hashTensor({ name, shape: shapes[name] }), shapes[name])
const gradient = (name: 'w' | 'b', step: number) => hashTensor({ name: `${name}.grad.${step}`, shape: shapes[name] })

/** The fixture has 8 digits; float32 has 7, and a few roundings a step. */
const tolerance = () =>
  getBackend().dtype === 'float64' ? { relative: 1e-7, absolute: 1e-9 } : { relative: 2e-6, absolute: 1e-6 }

const optimizers: Record<string, (...args: ConstructorParameters<typeof SGD>) => Optimizer> = {
  SGD: (...args) => new SGD(...args),
  AdamW: (...args) => new AdamW(...args),
}

onEachBackend(() => {
  describe('optimizers', () => {
    const rows = stored.optimizers.filter(({ optimizer }) => optimizer in optimizers)
    it('are all covered', () => expect(rows).toHaveLength(14))

    it.each(rows)('$optimizer $options, b $optionsOfB, lrs $lrs', (row) => {
      const [w, b] = [start('w'), start('b')]
      const groups = [{ params: [['w', w]] as const }, { params: [['b', b]] as const, ...row.optionsOfB }]
      const optimizer = optimizers[row.optimizer]!(groups, row.options)
      row.steps.forEach(([wAfter, bAfter], step) => {
        if (row.lrs) optimizer.lr = row.lrs[step]!
        setGradient(w, gradient('w', step))
        setGradient(b, gradient('b', step))
        optimizer.step()
        expect(w).toBeAllClose(wAfter, { ...tolerance(), what: `w after step ${step}` })
        expect(b).toBeAllClose(bAfter, { ...tolerance(), what: `b after step ${step}` })
      })
    })
  })

  describe('Muon', () => {
    const rows = stored.optimizers.filter(({ optimizer }) => optimizer === 'Muon')
    it('is covered', () => expect(rows).toHaveLength(3))

    it.each(rows)('$options, of $shape', ({ options, shape, steps }) => {
      const w = tensor(hashTensor({ name: 'w', shape: [12] }), shape!)
      const optimizer = new Muon([['w', w]], options)
      steps.forEach(([after], step) => {
        setGradient(w, hashTensor({ name: `w.grad.${step}`, shape: [12] }))
        optimizer.step()
        const allowed = getBackend().dtype === 'float64' ? 1e-7 : 2e-5 // small singular values grow 3.4-fold a step
        expect(w).toBeAllClose(after, { relative: allowed, absolute: allowed, what: `after step ${step}` })
      })
    })
  })

  describe('clipping', () => {
    const rows = stored.clipping.filter(({ normType }) => normType === 2)
    it('is covered', () => expect(rows).toHaveLength(3))

    it.each(rows)('to norm $maxNorm', ({ maxNorm, totalNorm, grads }) => {
      const [w, b] = [start('w'), start('b')]
      setGradient(w, gradient('w', 0))
      setGradient(b, gradient('b', 0))
      expect([clipGradNorm([w, b], maxNorm)]).toBeAllClose([totalNorm], tolerance())
      expect(w.grad!).toBeAllClose(grads[0]!, tolerance())
      expect(b.grad!).toBeAllClose(grads[1]!, tolerance())
    })
  })

  describe('averaging', () => {
    it.each(stored.averaging)('with decay $decay', ({ decay, steps }) => {
      const w = start('w')
      const ema = new EMA([['w', w]], { decay })
      steps.forEach((expected, step) => {
        w.set(gradient('w', step))
        ema.update()
        expect(ema.stateDict().w!.data).toBeAllClose(expected, { relative: 2e-6, absolute: 1e-6 })
      })
    })
  })
})

describe('schedules', () => {
  const schedules: Record<string, (lr: number, options: Record<string, never>) => Schedule> = {
    CosineAnnealingLR: (lr, { tMax, etaMin }) => cosine({ lr, steps: tMax!, minLr: etaMin! }),
    MultiStepLR: (lr, { milestones, gamma }) => multiStep({ lr, milestones: milestones!, gamma: gamma! }),
    LinearLR: (lr, { totalIters, startFactor, endFactor }) => {
      if (startFactor === 1) return linear({ lr, steps: totalIters!, minLr: lr * endFactor! })
      return warmup(constant(lr), { steps: totalIters!, startFactor: startFactor! })
    },
    'LinearLR then CosineAnnealingLR': (lr, { totalIters, startFactor, tMax }) => {
      return warmup(cosine({ lr, steps: tMax! }), { steps: totalIters!, startFactor: startFactor! })
    },
    OneCycleLR: (_, { maxLr, totalSteps, ...rest }) => oneCycle({ maxLr: maxLr!, steps: totalSteps!, ...rest }),
  }

  it.each(stored.schedules)('$schedule $options', ({ schedule, options, lr, lrs }) => {
    const rate = schedules[schedule]!(lr, options as Record<string, never>)
    expect(lrs.map((_, step) => rate(step))).toBeAllClose(lrs, { relative: 1e-11, absolute: 1e-15 })
  })
})
