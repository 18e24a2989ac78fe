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
  /** Where the smoothed loss falls fastest, on the way to its least; null if it has not fallen for long enough to say. */
  suggestion: number | null
  /** Whether it ended before its last step, as the loss had grown to four times its least, or beyond all bounds. */
  diverged: boolean
}

/** Points that are not considered at the beginning and at the end, as in Lightning. */
const [skipBegin, skipEnd] = [10, 1]
const divergence = 4

/**
 * Train a new model at learning rates that rise exponentially, one a step, and see where the loss falls fastest (Smith 2017,
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
  search.suggestion = steepest(search.points)
  return search
}

/**
 * @internal The rate at which the smoothed loss falls fastest, as Lightning's; but before the least loss only, as it jumps up and
 * down beyond, and over a tenth of the steps, as there is noise in the difference of two.
 */
export function steepest(points: readonly LrPoint[]): number | null {
  const losses = points.map(({ smoothed }) => smoothed)
  const least = losses.indexOf(Math.min(...losses))
  const inner = points.slice(skipBegin, Math.min(least + 1, points.length - skipEnd))
  if (inner.length < 2) return null
  const reach = Math.max(1, Math.round(points.length / 20))
  const slopes = inner.map((_, i) => {
    const [before, after] = [Math.max(0, i - reach), Math.min(inner.length - 1, i + reach)]
    return (inner[after]!.smoothed - inner[before]!.smoothed) / (after - before)
  })
  return inner[slopes.indexOf(Math.min(...slopes))]!.lr
}

function checkOptions(minLr: number, maxLr: number, steps: number): void {
  if (!(minLr > 0 && maxLr > minLr && Number.isFinite(maxLr))) {
    throw new ConfigError(`lr-find: expected rates that rise, 0 < from < to, got from ${minLr} to ${maxLr}`)
  }
  if (!Number.isInteger(steps) || steps < skipBegin + skipEnd + 2) {
    throw new ConfigError(`lr-find: expected steps of at least ${skipBegin + skipEnd + 2}, got ${steps}`)
  }
}
