import type { StepEvent } from '../src/train/events.js'
import type { Trainer } from '../src/train/trainer.js'

/** Weight of the newest step in the running mean of the speed. */
const newest = 0.1
/** How much faster evaluation is than training, a guess that serves until the first one is over. */
const evaluationSpeedUp = 3

/** Estimates speed and remaining time of a run. */
export class TimeLeft {
  readonly #trainer: Trainer
  #secondsPerStep = Number.NaN
  #seen = 0
  #remainingSteps = 0
  #imagesPerStep = 0

  constructor(trainer: Trainer) {
    this.#trainer = trainer
  }

  step({ step, seconds, images }: StepEvent): void {
    // The first step also sets things up: the second takes its place.
    const isNew = this.#seen++ < 2
    this.#secondsPerStep = isNew ? seconds : this.#secondsPerStep + newest * (seconds - this.#secondsPerStep)
    this.#imagesPerStep = images
    this.#remainingSteps = this.#trainer.totalSteps - step
  }

  get imagesPerSecond(): number {
    return this.#imagesPerStep / this.#secondsPerStep
  }

  /** Until the end of the run, evaluations included. */
  get seconds(): number {
    const training = this.#remainingSteps * this.#secondsPerStep
    const evaluations = Math.ceil(this.#remainingSteps / this.#trainer.stepsPerEpoch)
    const testImages = this.#trainer.evaluatedLoader?.count ?? 0
    return training + (evaluations * testImages) / (evaluationSpeedUp * this.imagesPerSecond)
  }
}
