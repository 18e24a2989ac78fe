import type { Batch, DataLoader } from '../data/loader.js'
import { type BatchPart, GradientSum } from './gradientSum.js'
import type { StepResult } from './stepper.js'

/** How a loader's batches become updates: `accumulate` of them each, the last update of an epoch with those that are left. */
export class Updates {
  readonly #sum = new GradientSum()

  constructor(
    readonly loader: DataLoader,
    readonly accumulate: number,
  ) {}

  /** Updates an epoch. With `dropLast` one of fewer batches is left out. */
  get perEpoch(): number {
    const { stepsPerEpoch, dropLast } = this.loader
    return (dropLast ? Math.floor : Math.ceil)(stepsPerEpoch / this.accumulate)
  }

  /** The number of the update in its epoch, from 0, that a batch belongs to. */
  indexOf({ step }: Batch): number {
    return Math.floor(step / this.accumulate)
  }

  isFirst({ step }: Batch): boolean {
    return step % this.accumulate === 0
  }

  isLast({ step }: Batch): boolean {
    return (step + 1) % this.accumulate === 0 || step + 1 === this.loader.stepsPerEpoch
  }

  /** What a batch is of its update; undefined where it is all of it. */
  partOf(batch: Batch): BatchPart | undefined {
    if (this.accumulate === 1) return undefined
    const whole = this.accumulate * this.loader.batchSize
    const images = Math.min(whole, this.loader.count - this.indexOf(batch) * whole)
    return { sum: this.#sum, share: batch.count / images, isFirst: this.isFirst(batch), isLast: this.isLast(batch) }
  }
}

/** The result of an update, from those of its batches: mean loss, correct images and images. */
export function summed(results: readonly StepResult[]): StepResult {
  const sum = (value: (result: StepResult) => number) => results.reduce((total, result) => total + value(result), 0)
  const images = sum((result) => result.images)
  const loss = results.length === 1 ? results[0]!.loss : sum((result) => result.loss * result.images) / images
  return { loss, correct: sum(({ correct }) => correct), images }
}
