import type { Batch, DataLoader } from '../data/loader.js'
import { alone, type Communicator } from '../distributed/communicator.js'
import type { Module } from '../nn/module.js'
import type { EMA } from '../optim/ema.js'
import type { Optimizer } from '../optim/optimizer.js'
import type { Schedule } from '../optim/schedule.js'
import { anyProcess, shareOf } from './dataParallel.js'
import { type Evaluation, evaluate } from './evaluate.js'
import { type EpochEvent, letEventsIn, type StepEvent, type TrainingEvents } from './events.js'
import { NonFiniteError } from './nonFinite.js'
import { newProgress, type Progress } from './progress.js'
import { Stepper } from './stepper.js'
import { type StepOptions, type StepResult, trainStep } from './trainStep.js'

/** The parts of a training. */
export interface TrainerOptions extends StepOptions {
  model: Module
  optimizer: Optimizer
  /** Learning rate of each step, from 0. */
  schedule: Schedule
  trainLoader: DataLoader
  /** Evaluated after each epoch. */
  testLoader?: DataLoader
  epochs: number
  /** Stop after this many steps. */
  maxSteps?: number
  /** Replay the kernel calls of steps instead of running the model each time: see `Stepper`, and what it asks of a model. */
  replay?: boolean
  /** Updated after each step, and evaluated in the model's place. */
  ema?: EMA
}

/** What `Trainer.fit` tells, and when it stops. */
export interface FitOptions {
  events?: TrainingEvents
  /** Stops training after the running step. */
  signal?: AbortSignal
}

/** Why `fit` returned: all epochs are done, `maxSteps` was reached, or the signal came. */
export type StopReason = 'finished' | 'max-steps' | 'interrupted'

/**
 * The training loop. Where it stands is in `progress` alone: together with the states of model, optimizer and EMA it continues
 * anywhere, in the middle of an epoch too.
 * @example
 * const trainer = new Trainer({ model, optimizer, schedule: cosine({ lr: 0.1, steps: 3900 }), trainLoader, testLoader, epochs: 10 })
 * await trainer.fit({ events: { onEpoch: ({ epoch, testAccuracy }) => console.log(epoch, testAccuracy) } })
 */
export class Trainer {
  progress: Progress = newProgress()

  /** Who else trains this model. */
  readonly communicator: Communicator
  readonly #step: (batch: Batch) => StepResult

  constructor(readonly options: TrainerOptions) {
    const { model, optimizer, replay = false, communicator = alone } = options
    this.communicator = communicator
    const stepper = replay ? new Stepper(model, optimizer, options) : null
    const step = stepper
      ? (batch: Batch) => stepper.step(batch)
      : (batch: Batch) => trainStep(model, optimizer, batch, options)
    this.#step = (batch) => step(shareOf(batch, communicator))
  }

  get stepsPerEpoch(): number {
    return this.options.trainLoader.stepsPerEpoch
  }

  /** Steps until `fit` is done. */
  get totalSteps(): number {
    const { epochs, maxSteps = Number.POSITIVE_INFINITY } = this.options
    return Math.min(maxSteps, epochs * this.stepsPerEpoch)
  }

  /** Whether nothing is left to do, the evaluation of the last epoch included. */
  get isDone(): boolean {
    const { step, epochs } = this.progress
    const lacksEvaluation = step === (epochs + 1) * this.stepsPerEpoch
    return epochs >= this.options.epochs || (step >= this.totalSteps && !lacksEvaluation)
  }

  /** Train from where `progress` stands to the end. May be called again after it was interrupted. */
  async fit({ events = {}, signal }: FitOptions = {}): Promise<StopReason> {
    this.options.model.train()
    while (this.progress.epochs < this.options.epochs) {
      const stopped = await this.#trainEpoch(events, signal)
      if (stopped) return stopped
      const start = performance.now()
      const test = await this.communicator.fromRoot(() => this.#evaluate(events, signal))
      if (test === 'interrupted') return test
      const event = this.#finishEpoch(test, (performance.now() - start) / 1000)
      await events.onEpoch?.(event)
    }
    return 'finished'
  }

  /** The steps that the running epoch still lacks. Null at its end, else why it stopped before. */
  async #trainEpoch(events: TrainingEvents, signal: AbortSignal | undefined): Promise<StopReason | null> {
    const { progress } = this
    const stepsDone = progress.step - progress.epochs * this.stepsPerEpoch
    let start = performance.now()
    for await (const batch of this.options.trainLoader.epoch(progress.epochs, stepsDone)) {
      if (anyProcess(signal?.aborted ?? false, this.communicator)) return 'interrupted'
      if (progress.step >= this.totalSteps) return 'max-steps'
      const event = this.#timedStep(batch, start)
      start = performance.now()
      await events.onStep?.(event)
      await letEventsIn()
    }
    return null
  }

  #timedStep(batch: Batch, start: number): StepEvent {
    const { optimizer, schedule, ema } = this.options
    const { progress } = this
    optimizer.lr = schedule(progress.step)
    const { loss, correct, images } = this.#tryStep(batch)
    ema?.update()
    const seconds = (performance.now() - start) / 1000
    const { running } = progress
    progress.step++
    progress.seconds += seconds
    running.seconds += seconds
    running.loss += loss * images
    running.correct += correct
    running.images += images
    return {
      step: progress.step,
      epoch: progress.epochs + 1,
      epochStep: batch.step + 1,
      stepsPerEpoch: this.stepsPerEpoch,
      loss,
      lr: optimizer.lr,
      images,
      seconds,
      trainLoss: running.loss / running.images,
      trainAccuracy: running.correct / running.images,
    }
  }

  #tryStep(batch: Batch): StepResult {
    const { optimizer } = this.options
    try {
      return this.#step(batch)
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error
      const { step, epochs } = this.progress
      throw error.during(`step ${step + 1} (epoch ${epochs + 1}, lr ${Number(optimizer.lr.toPrecision(3))})`)
    }
  }

  async #evaluate(events: TrainingEvents, signal: AbortSignal | undefined): Promise<Evaluation | null | 'interrupted'> {
    const { model, testLoader, ema } = this.options
    if (!testLoader) return null
    const epoch = this.progress.epochs + 1
    const totalImages = testLoader.dataset.count
    const onBatch = (images: number) => events.onEvaluation?.({ epoch, images, totalImages })
    const run = () => evaluate(model, testLoader, signal ? { onBatch, signal } : { onBatch })
    try {
      return await (ema ? ema.applied(run) : run())
    } catch (error) {
      if (signal?.aborted) return 'interrupted'
      throw error instanceof NonFiniteError ? error.during(`evaluation after epoch ${epoch}`) : error
    }
  }

  #finishEpoch(test: Evaluation | null, evaluationSeconds: number): EpochEvent {
    const { progress } = this
    const { running } = progress
    progress.epochs++
    progress.seconds += evaluationSeconds
    const isBest = test !== null && test.accuracy > (progress.best?.accuracy ?? -1)
    if (isBest) progress.best = { epoch: progress.epochs, accuracy: test.accuracy }
    progress.running = newProgress().running
    return {
      epoch: progress.epochs,
      step: progress.step,
      trainLoss: running.loss / running.images,
      trainAccuracy: running.correct / running.images,
      testLoss: test?.loss ?? null,
      testAccuracy: test?.accuracy ?? null,
      imagesPerSecond: running.images / running.seconds,
      lr: this.options.schedule(progress.step - 1),
      seconds: running.seconds + evaluationSeconds,
      isBest,
    }
  }
}
