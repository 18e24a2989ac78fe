import { describe, expect, it } from 'vitest'
import { constant, cosine, multiStep, oneCycle, warmup } from '../../src/optim/schedule.js'
import { CosineLR, MultiStepLR, OneCycleLR, Scheduler, WarmupLR } from '../../src/optim/scheduler.js'
import { ConfigError } from '../../src/tensor/errors.js'
import '../support/allClose.js'

const steps = [0, 1, 2, 3, 4, 5, 6]

describe('schedules by hand', () => {
  it('cosine: half way at half time, then minLr for good', () => {
    expect(steps.map(cosine({ lr: 3, steps: 4, minLr: 1 }))).toBeAllClose(
      [3, 2 + Math.SQRT1_2, 2, 2 - Math.SQRT1_2, 1, 1, 1],
      { absolute: 1e-15 },
    )
  })

  it('multiStep: a tenth from each milestone on', () => {
    expect(steps.map(multiStep({ lr: 1, milestones: [2, 5] }))).toBeAllClose([1, 1, 0.1, 0.1, 0.1, 0.01, 0.01], {
      relative: 1e-15,
    })
  })

  it('warmup: a third at first, then the schedule from its beginning', () => {
    const schedule = warmup(multiStep({ lr: 3, milestones: [2] }), { steps: 4 })
    expect(steps.map(schedule)).toBeAllClose([1, 1.5, 2, 2.5, 3, 3, 0.3], { relative: 1e-15 })
    expect(steps.map(warmup(constant(2), { steps: 0 }))).toEqual([2, 2, 2, 2, 2, 2, 2])
  })

  it('oneCycle: a 25th, the peak, next to nothing', () => {
    const schedule = oneCycle({ maxLr: 1, steps: 10 }) // the peak is at step 0.3 · 10 − 1
    expect([schedule(0), schedule(1), schedule(2), schedule(9), schedule(20)]).toBeAllClose(
      [0.04, 0.52, 1, 0.04e-4, 0.04e-4],
      { relative: 1e-12 },
    )
    expect(oneCycle({ maxLr: 1, steps: 3, pctStart: 1 })(2)).toBe(1)
  })

  it.each<[string, () => unknown]>([
    ['cosine: expected steps >= 1, got 0', () => cosine({ lr: 1, steps: 0 })],
    ['cosine: expected steps to be a whole number >= 0, got 1.5', () => cosine({ lr: 1, steps: 1.5 })],
    ['oneCycle: expected steps to be a whole number >= 0, got -1', () => oneCycle({ maxLr: 1, steps: -1 })],
    ['oneCycle: expected 0 <= pctStart <= 1, got 2', () => oneCycle({ maxLr: 1, steps: 9, pctStart: 2 })],
    ['oneCycle: expected divFactor > 0, got 0', () => oneCycle({ maxLr: 1, steps: 9, divFactor: 0 })],
    ['oneCycle: expected finalDivFactor > 0, got 0', () => oneCycle({ maxLr: 1, steps: 9, finalDivFactor: 0 })],
    ['warmup: expected 0 <= startFactor <= 1, got 3', () => warmup(constant(1), { steps: 3, startFactor: 3 })],
  ])('refuse: %s', (message, make) => {
    expect(make).toThrow(new ConfigError(message))
  })
})

describe('schedulers', () => {
  it.each([
    ['CosineLR', (optimizer: { lr: number }) => new CosineLR(optimizer, { steps: 5 }), cosine({ lr: 0.5, steps: 5 })],
    [
      'MultiStepLR',
      (optimizer: { lr: number }) => new MultiStepLR(optimizer, { milestones: [3] }),
      multiStep({ lr: 0.5, milestones: [3] }),
    ],
    [
      'WarmupLR',
      (optimizer: { lr: number }) => new WarmupLR(optimizer, { steps: 4 }),
      warmup(constant(0.5), { steps: 4 }),
    ],
    [
      'WarmupLR then cosine',
      (optimizer: { lr: number }) => new WarmupLR(optimizer, { steps: 2, schedule: cosine({ lr: 1, steps: 3 }) }),
      warmup(cosine({ lr: 1, steps: 3 }), { steps: 2 }),
    ],
    [
      'OneCycleLR',
      (optimizer: { lr: number }) => new OneCycleLR(optimizer, { maxLr: 2, steps: 7 }),
      oneCycle({ maxLr: 2, steps: 7 }),
    ],
    [
      'Scheduler',
      (optimizer: { lr: number }) => new Scheduler(optimizer, (step) => 0.5 / (1 + step)),
      (step: number) => 0.5 / (1 + step),
    ],
  ] as const)('%s drives the learning rate', (_, make, schedule) => {
    const optimizer = { lr: 0.5 }
    const scheduler = make(optimizer)
    for (const step of steps) {
      expect(optimizer.lr).toBe(schedule(step))
      expect(scheduler.lr).toBe(optimizer.lr)
      scheduler.step()
    }
  })

  it('resumes at any step', () => {
    const optimizer = { lr: 1 }
    const scheduler = new CosineLR(optimizer, { steps: 10 })
    scheduler.step(5)
    expect(optimizer.lr).toBeCloseTo(0.5, 15)
  })
})
