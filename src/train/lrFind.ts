import { ConfigError } from '../tensor/errors.js'
import type { RunConfig } from './config.js'
import type { TrainingEvents } from './events.js'
import { NonFiniteError } from './nonFinite.js'
import { prepareRun, type StartOptions } from './startRun.js'
import { Trainer } from './trainer.js'

/** How the learning rate is raised. */
export interface LrFindOptions {
  /** Learning rates of the first and of the last step; defaults 1e-5 and 10. */
  minLr?: number
  maxLr?: number
  /** Default 100. */
  steps?: number
  /** Share of the running mean that each loss leaves; default 0.98, as Lightning's. */
  smoothing?: number
}

/** One step of the search. */
export interface LrPoint {
  lr: number
  loss: number
  /** The running mean of losses, without its bias towards 0. */
  smoothed: number
}

/** What the search found. */
export interface LrSearch {
  points: LrPoint[]
  /** Where the loss is least, of AdamW a third of that rate; null if it has not fallen for long enough to say. */
  suggestion: number | null
  /** Whether it ended before its last step, as the loss had grown to four times its least, or beyond all bounds. */
  diverged: boolean
}

/** A search has more points than these, and suggests none of the first. */
const [skipBegin, skipEnd] = [10, 1]
const divergence = 4

/**
 * Train a new model at learning rates that rise exponentially, one a step, and see up to which the loss falls (Smith 2017,
 * https://arxiv.org/abs/1506.01186). Nothing is kept of it.
 */
export async function findLearningRate(
  config: RunConfig,
  options: LrFindOptions & StartOptions & Pick<TrainingEvents, 'onStep'> = {},
): Promise<LrSearch> {
  const { minLr = 1e-5, maxLr = 10, steps = 100, smoothing = 0.98, onStep } = options
  checkOptions(minLr, maxLr, steps)
  const { trainer } = await prepareRun(config, options)
  const { testLoader: _t, validationLoader: _v, ema: _e, ...rest } = trainer.options
  const ramp = (step: number) => minLr * (maxLr / minLr) ** (step / (steps - 1))
  const epochs = Math.ceil(steps / trainer.stepsPerEpoch)
  const search: LrSearch = { points: [], suggestion: null, diverged: false }
  let mean = 0
  const record: TrainingEvents['onStep'] = async (event, control) => {
    const { loss, lr, step } = event
    mean = smoothing * mean + (1 - smoothing) * loss
    const smoothed = mean / (1 - smoothing ** step)
    search.points.push({ lr, loss, smoothed })
    if (smoothed > divergence * Math.min(...search.points.map((point) => point.smoothed))) {
      search.diverged = true
      control.stop()
    }
    await onStep?.(event, control)
  }
  try {
    await new Trainer({ ...rest, schedule: ramp, epochs, maxSteps: steps }).fit({ events: { onStep: record } })
  } catch (error) {
    if (!(error instanceof NonFiniteError) || search.points.length === 0) throw error
    search.diverged = true
  } finally {
    await trainer.options.trainLoader.close()
  }
  search.suggestion = suggestRate(search.points, config.optimizer)
  return search
}

/**
 * @internal The rate at which the loss is least before it grows: the largest that still trains well. Losses of single batches jump, and a
 * running mean lags behind a loss that turns within a few steps; so each counts as the median of those around it. AdamW's steps keep their
 * size while gradients shrink, and want a third of it. Where the loss falls by no more than its noise, the least one is an accident: then it
 * is the last rate before the loss leaves that noise.
 */
export function suggestRate(points: readonly LrPoint[], optimizer: RunConfig['optimizer'] = 'sgd'): number | null {
  if (points.length < skipBegin + skipEnd + 2) return null
  const reach = Math.max(1, Math.round(0.08 * points.length))
  const medians = points.map((_, i) => {
    const around = points.slice(Math.max(0, i - reach), i + reach + 1).map(({ loss }) => loss)
    return middle(around)
  })
  const least = medians.indexOf(Math.min(...medians))
  const noise = 2 * middle(points.slice(0, points.length >> 1).map(({ loss }, i) => Math.abs(loss - medians[i]!)))
  const isClear = medians[0]! - medians[least]! > noise
  const found = isClear ? least : medians.findLastIndex((value) => value <= medians[least]! + noise)
  if (found < skipBegin || (!isClear && found >= points.length - skipEnd)) return null
  return points[found]!.lr / (optimizer === 'adamw' ? 3 : 1)
}

function middle(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[values.length >> 1]!
}

function checkOptions(minLr: number, maxLr: number, steps: number): void {
  if (!(minLr > 0 && maxLr > minLr && Number.isFinite(maxLr))) {
    throw new ConfigError(`lr-find: expected rates that rise, 0 < from < to, got from ${minLr} to ${maxLr}`)
  }
  if (!Number.isInteger(steps) || steps < skipBegin + skipEnd + 2) {
    throw new ConfigError(`lr-find: expected steps of at least ${skipBegin + skipEnd + 2}, got ${steps}`)
  }
}
