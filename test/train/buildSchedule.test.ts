import { describe, expect, it } from 'vitest'
import { buildSchedule } from '../../src/train/buildSchedule.js'
import type { PartialConfig } from '../../src/train/config.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'

/** The learning rate by the step, with 10 steps an epoch. */
const schedule = (settings: PartialConfig) => buildSchedule(readConfig(objectLayer(settings, 'here')), 10)

describe('buildSchedule', () => {
  it('cosine: from lr to minLr over all steps', () => {
    const at = schedule({ schedule: 'cosine', epochs: 4, lr: 1, minLr: 0.2 })
    expect([at(0), at(20), at(40)].map((lr) => Number(lr.toFixed(6)))).toEqual([1, 0.6, 0.2])
  })

  it('multistep: milestones in epochs', () => {
    const at = schedule({ schedule: 'multistep', epochs: 4, lr: 1, milestones: [2, 3], gamma: 0.5 })
    expect([at(0), at(19), at(20), at(29), at(30)]).toEqual([1, 1, 0.5, 0.5, 0.25])
  })

  it('counts milestones from the start of the run, warm-up included', () => {
    const at = schedule({ schedule: 'multistep', epochs: 4, lr: 1, milestones: [2], warmupEpochs: 1 })
    expect(at(0)).toBeCloseTo(1 / 3)
    expect([at(10), at(19), at(20)]).toEqual([1, 1, 0.1])
  })

  it('cosine after a warm-up ends with the run', () => {
    const at = schedule({ schedule: 'cosine', epochs: 4, lr: 1, warmupEpochs: 0.5 })
    expect(at(5)).toBe(1)
    expect(at(4)).toBeLessThan(1)
    expect(at(40)).toBeCloseTo(0)
  })

  it('onecycle: rises for warmupEpochs, or for 30 % of the steps', () => {
    const peak = (settings: PartialConfig) => {
      const at = schedule({ schedule: 'onecycle', epochs: 10, lr: 1, ...settings })
      return Array.from({ length: 100 }, (_, step) => at(step)).indexOf(1)
    }
    expect(peak({})).toBe(29)
    expect(peak({ warmupEpochs: 2 })).toBe(19)
  })
})
