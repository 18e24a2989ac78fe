import type { Batch, DataLoader } from '../data/loader.js'
import { alone, type Communicator } from '../distributed/communicator.js'
import type { Module } from '../nn/module.js'
import type { EMA } from '../optim/ema.js'
import type { Stepping } from '../optim/jointOptimizer.js'
import type { Lookahead } from '../optim/lookahead.js'
import type { Schedule } from '../optim/schedule.js'
import { anyProcess, shareOf } from './dataParallel.js'
import { type Evaluation, evaluate } from './evaluate.js'
import {
  type EpochEvent,
  letEventsIn,
  type StepEvent,
  type StopReason,
  type TrainingControl,
  type TrainingEvents,
} from './events.js'
import { trainingMode } from './freeze.js'
import { NonFiniteError } from './nonFinite.js'
import { newProgress, noteBest, type Progress } from './progress.js'
import { type StepOptions, Stepper, type StepResult } from './stepper.js'
import { summed, Updates } from './updates.js'

/** The parts of a training. */
export interface TrainerOptions extends StepOptions {
  model: Module
  optimizer: Stepping
  /** Learning rate of each step, from 0. */
  schedule: Schedule
  trainLoader: DataLoader
  /** Evaluated after each epoch, unless there is a `validationLoader`. */
  testLoader?: DataLoader
  /** Evaluated after each epoch in place of the test images, which are then for the end. */
  validationLoader?: DataLoader
  epochs: number
  /** Epochs from one evaluation to the next; the last epoch has one too. Default 1. */
  evalEvery?: number
  /** What the best epoch is the best in; default 'accuracy'. */
  monitor?: 'accuracy' | 'loss'
  /** Stop when so many epochs have not been better than the best one; default: never. */
  patience?: number
  /** Batches that together make an update, as one of all their images would; default 1. */
  accumulate?: number
  /** Stop after this many steps. */
  maxSteps?: number
  /** Replay the kernel calls of steps instead of running the model each time: see `Stepper`, and what it asks of a model. */
  replay?: boolean
  /** Updated after each step. */
  lookahead?: Lookahead
  /** Updated after each step, and evaluated in the model's place. */
  ema?: EMA
}

/** What `Trainer.fit` tells, and when it stops. */
export interface FitOptions {
  events?: TrainingEvents
  /** Stops training after the running step. */
  signal?: AbortSignal
}

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
  readonly #updates: Updates
  readonly #stepper: Stepper

  constructor(readonly options: TrainerOptions) {
    const { model, optimizer, trainLoader, accumulate = 1, replay = false, communicator = alone } = options
    this.communicator = communicator
    this.#stepper = new Stepper(model, optimizer, { ...options, replay })
    this.#updates = new Updates(trainLoader, accumulate)
  }

  /** Updates an epoch. */
  get stepsPerEpoch(): number {
    return this.#updates.perEpoch
  }

  /** What is evaluated after each epoch. */
  get evaluatedLoader(): DataLoader | undefined {
    return this.options.validationLoader ?? this.options.testLoader
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
    return epochs >= this.options.epochs || this.isOutOfPatience || (step >= this.totalSteps && !lacksEvaluation)
  }

  /** Whether `patience` has ended training. */
  get isOutOfPatience(): boolean {
    const { epochs, best } = this.progress
    const { patience = Number.POSITIVE_INFINITY } = this.options
    return best !== null && epochs - best.epoch >= patience
  }

  /** Train from where `progress` stands to the end. May be called again after it was interrupted. */
  async fit({ events = {}, signal }: FitOptions = {}): Promise<StopReason> {
    const stopping = new AbortController()
    const control: TrainingControl = { stop: () => stopping.abort() }
    const either = signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal
    const ended = await this.#fit(events, control, either)
    // Where neither was asked here, it was another process.
    const reason = ended === 'interrupted' && stopping.signal.aborted && !signal?.aborted ? 'stopped' : ended
    const { step, epochs, best } = this.progress
    await events.onTrainEnd?.({ reason, step, epochs, best })
    return reason
  }

  async #fit(events: TrainingEvents, control: TrainingControl, signal: AbortSignal): Promise<StopReason> {
    this.options.optimizer.prepare?.(0) // what it stops to train later is not frozen from the start
    trainingMode(this.options.model)
    while (this.progress.epochs < this.options.epochs) {
      if (this.isOutOfPatience) return 'early-stopped'
      if (anyProcess(signal.aborted, this.communicator)) return 'interrupted'
      const stopped = await this.#trainEpoch(events, control, signal)
      if (stopped) return stopped
      const start = performance.now()
      const evaluation = await this.communicator.fromRoot(() => this.#evaluate(events, signal))
      if (evaluation === 'interrupted') return evaluation
      const event = this.#finishEpoch(evaluation, (performance.now() - start) / 1000)
      await events.onEpoch?.(event, control)
    }
    return 'finished'
  }

  /** The steps that the running epoch still lacks. Null at its end, else why it stopped before. */
  async #trainEpoch(events: TrainingEvents, control: TrainingControl, signal: AbortSignal): Promise<StopReason | null> {
    const { progress } = this
    const { trainLoader, optimizer, schedule, accumulate = 1 } = this.options
    const stepsDone = progress.step - progress.epochs * this.stepsPerEpoch
    let start = performance.now()
    const results: StepResult[] = [] // of the running update
    for await (const batch of trainLoader.epoch(progress.epochs, stepsDone * accumulate)) {
      if (this.#updates.isFirst(batch)) {
        if (this.#updates.indexOf(batch) === this.stepsPerEpoch) return null // too few batches are left
        if (anyProcess(signal.aborted, this.communicator)) return 'interrupted'
        if (progress.step >= this.totalSteps) return 'max-steps'
        optimizer.lr = schedule(progress.step)
        optimizer.prepare?.(progress.step)
      }
      results.push(this.#tryStep(batch, events))
      if (!this.#updates.isLast(batch)) continue
      const event = this.#finishStep(results.splice(0), start)
      start = performance.now()
      await events.onStep?.(event, control)
      await letEventsIn()
    }
    return null
  }

  #finishStep(results: readonly StepResult[], start: number): StepEvent {
    const { optimizer, ema, lookahead } = this.options
    const { progress } = this
    const { loss, correct, images } = summed(results)
    lookahead?.update(progress.step + 1)
    ema?.update()
    const seconds = (performance.now() - start) / 1000
    const { running } = progress
    const epochStep = progress.step - progress.epochs * this.stepsPerEpoch + 1
    progress.step++
    progress.seconds += seconds
    running.seconds += seconds
    running.loss += loss * images
    running.correct += correct
    running.images += images
    return {
      step: progress.step,
      epoch: progress.epochs + 1,
      epochStep,
      stepsPerEpoch: this.stepsPerEpoch,
      loss,
      accuracy: correct / images,
      lr: optimizer.lr,
      images,
      seconds,
      trainLoss: running.loss / running.images,
      trainAccuracy: running.correct / running.images,
    }
  }

  #tryStep(batch: Batch, { onGradients }: TrainingEvents): StepResult {
    const { optimizer } = this.options
    const isLast = this.#updates.isLast(batch) && this.#updates.indexOf(batch) + 1 === this.stepsPerEpoch
    try {
      const hook = isLast && onGradients ? () => onGradients(this.progress.step + 1) : undefined
      return this.#stepper.step(shareOf(batch, this.communicator), this.#updates.partOf(batch), hook)
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error
      const { step, epochs } = this.progress
      throw error.during(`step ${step + 1} (epoch ${epochs + 1}, lr ${Number(optimizer.lr.toPrecision(3))})`)
    }
  }

  async #evaluate(events: TrainingEvents, signal: AbortSignal): Promise<Evaluation | null | 'interrupted'> {
    const { model, ema, epochs, evalEvery = 1 } = this.options
    const loader = this.evaluatedLoader
    const epoch = this.progress.epochs + 1
    if (!loader || (epoch % evalEvery !== 0 && epoch < epochs)) return null
    const onBatch = (images: number) => events.onEvaluation?.({ epoch, images, totalImages: loader.count })
    const { onLogits } = events
    const run = () => evaluate(model, loader, { onBatch, signal, ...(onLogits ? { onLogits } : {}) })
    try {
      return await (ema ? ema.applied(run) : run())
    } catch (error) {
      if (signal.aborted) return 'interrupted'
      throw error instanceof NonFiniteError ? error.during(`evaluation after epoch ${epoch}`) : error
    }
  }

  #finishEpoch(evaluation: Evaluation | null, evaluationSeconds: number): EpochEvent {
    const { progress } = this
    const { running } = progress
    const { validationLoader } = this.options
    progress.epochs++
    progress.seconds += evaluationSeconds
    const isBest = evaluation !== null && noteBest(progress, evaluation, this.options.monitor)
    const test = validationLoader ? null : evaluation
    progress.running = newProgress().running
    return {
      epoch: progress.epochs,
      step: progress.step,
      trainLoss: running.loss / running.images,
      trainAccuracy: running.correct / running.images,
      ...(validationLoader ? { valLoss: evaluation?.loss, valAccuracy: evaluation?.accuracy } : {}),
      testLoss: test?.loss ?? null,
      testAccuracy: test?.accuracy ?? null,
      imagesPerSecond: running.images / running.seconds,
      lr: this.options.schedule(progress.step - 1),
      seconds: running.seconds + evaluationSeconds,
      isBest,
    }
  }
}
