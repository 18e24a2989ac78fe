/**
 * Learning-rate schedules as functions of the step alone: a resumed run needs no state, and any step's rate can be looked up.
 * A step is one update (or one epoch, where the caller counts those), from 0; `schedule(k)` is what step k trains with. The
 * values are those of torch.optim.lr_scheduler; past their end, schedules keep their last value.
 */
import { ConfigError } from '../tensor/errors.js'
import { requireOption } from './check.js'

/** Step → learning rate. */
export type Schedule = (step: number) => number

/** The same rate for ever. */
export const constant =
  (lr: number): Schedule =>
  () =>
    lr

/** Settings of `cosine`. */
export interface CosineOptions {
  /** Learning rate at step 0. */
  lr: number
  /** Steps until minLr is reached: PyTorch's T_max. */
  steps: number
  /** Default 0, as PyTorch's eta_min. */
  minLr?: number
}

/** minLr + (lr − minLr) · (1 + cos(π · step / steps)) / 2     (CosineAnnealingLR; Loshchilov and Hutter 2017) */
export function cosine({ lr, steps, minLr = 0 }: CosineOptions): Schedule {
  requireSteps('cosine', steps)
  return (step) => annealed(lr, minLr, step / steps)
}

/** Settings of `linear`. */
export interface LinearOptions {
  /** Learning rate at step 0. */
  lr: number
  /** Steps until minLr is reached: PyTorch's total_iters. */
  steps: number
  /** Default 0. */
  minLr?: number
}

/** lr + (minLr − lr) · step / steps     (LinearLR with start_factor 1 and end_factor minLr / lr) */
export function linear({ lr, steps, minLr = 0 }: LinearOptions): Schedule {
  requireSteps('linear', steps)
  return (step) => lr + (minLr - lr) * Math.min(1, step / steps)
}

/** Settings of `multiStep`. */
export interface MultiStepOptions {
  lr: number
  /** Steps from which the learning rate is multiplied by gamma once more. */
  milestones: readonly number[]
  /** Default 0.1, as PyTorch's. */
  gamma?: number
}

/** lr · gamma^(milestones passed)     (MultiStepLR) */
export function multiStep({ lr, milestones, gamma = 0.1 }: MultiStepOptions): Schedule {
  return (step) => lr * gamma ** milestones.filter((milestone) => step >= milestone).length
}

/** Settings of `warmup`. */
export interface WarmupOptions {
  /** Steps before `schedule` begins. */
  steps: number
  /** Fraction of the schedule's first value to start from; default 1/3, as PyTorch's LinearLR. */
  startFactor?: number
}

/**
 * Rise linearly from startFactor · schedule(0) to schedule(0) in `steps` steps, then follow `schedule` from its step 0
 * (LinearLR, then the other by SequentialLR). Its own steps count from the end of the warm-up.
 */
export function warmup(schedule: Schedule, { steps, startFactor = 1 / 3 }: WarmupOptions): Schedule {
  requireWhole('warmup', steps)
  requireOption(startFactor >= 0 && startFactor <= 1, 'warmup', '0 <= startFactor <= 1', startFactor)
  return (step) =>
    step < steps ? schedule(0) * (startFactor + ((1 - startFactor) * step) / steps) : schedule(step - steps)
}

/** Settings of `oneCycle`. */
export interface OneCycleOptions {
  maxLr: number
  /** Steps of the whole cycle: PyTorch's total_steps. */
  steps: number
  /** Fraction of the steps that rise; default 0.3, as PyTorch's. */
  pctStart?: number
  /** The start is maxLr / divFactor; default 25, as PyTorch's. */
  divFactor?: number
  /** The end is the start / finalDivFactor; default 1e4, as PyTorch's. */
  finalDivFactor?: number
}

/**
 * Half a cosine up to maxLr, then half a cosine down to next to nothing (OneCycleLR with anneal_strategy 'cos'; Smith and
 * Topin 2018, https://arxiv.org/abs/1708.07120). The momentum is left as it is (cycle_momentum False).
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const { maxLr, steps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options
  requireSteps('oneCycle', steps)
  requireOption(pctStart >= 0 && pctStart <= 1, 'oneCycle', '0 <= pctStart <= 1', pctStart)
  requireOption(divFactor > 0, 'oneCycle', 'divFactor > 0', divFactor)
  requireOption(finalDivFactor > 0, 'oneCycle', 'finalDivFactor > 0', finalDivFactor)
  const start = maxLr / divFactor
  const peak = pctStart * steps - 1 // step with the highest rate; may lie between two
  const last = steps - 1
  return (step) =>
    step <= peak
      ? annealed(start, maxLr, step / peak)
      : annealed(maxLr, start / finalDivFactor, (step - peak) / (last - peak))
}

/** From `from` at t ≤ 0 to `to` at t ≥ 1, along half a cosine. */
function annealed(from: number, to: number, t: number): number {
  return t < 1 ? to + ((from - to) * (1 + Math.cos(Math.PI * Math.max(0, t)))) / 2 : to
}

function requireWhole(who: string, steps: number): void {
  requireOption(Number.isInteger(steps) && steps >= 0, who, 'steps to be a whole number >= 0', steps)
}

function requireSteps(who: string, steps: number): void {
  requireWhole(who, steps)
  if (steps === 0) throw new ConfigError(`${who}: expected steps >= 1, got 0`)
}
