import { constant, cosine, linear, multiStep, oneCycle, type Schedule, warmup } from '../optim/schedule.js'
import type { RunConfig } from './config.js'

/** The learning rate by the step, for settings that count in epochs. */
export function buildSchedule(config: RunConfig, stepsPerEpoch: number): Schedule {
  const { lr, minLr, gamma, epochs } = config
  const steps = epochs * stepsPerEpoch
  const rise = Math.round(config.warmupEpochs * stepsPerEpoch) // steps
  if (config.schedule === 'onecycle') {
    return oneCycle(rise > 0 ? { maxLr: lr, steps, pctStart: Math.min(1, rise / steps) } : { maxLr: lr, steps })
  }
  const milestones = config.milestones.map((epoch) => epoch * stepsPerEpoch - rise)
  const schedules = {
    linear: () => linear({ lr, minLr, steps: Math.max(1, steps - rise) }),
    cosine: () => cosine({ lr, minLr, steps: Math.max(1, steps - rise) }),
    multistep: () => multiStep({ lr, milestones, gamma }),
    constant: () => constant(lr),
  }
  const schedule = schedules[config.schedule]()
  return rise > 0 ? warmup(schedule, { steps: rise }) : schedule
}
