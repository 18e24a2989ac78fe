import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Generator } from '../tensor/random.js'
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpointFile.js'
import type { RunConfig } from './config.js'
import type { EpochEvent, StepEvent, StopReason, TrainingEvents } from './events.js'
import { augmentedTest, finalTest, lacksAugmentedTest, lacksFinalTest } from './finalTest.js'
import { epochRecord, RunLogs, type StepRecord } from './logs.js'
import { version } from './machine.js'
import { describeComputation } from './processes.js'
import { evaluatedWeights, weightsInfo } from './runState.js'
import { recordSession } from './sessions.js'
import { TensorBoardLog } from './tensorboardLog.js'
import type { FitOptions, Trainer } from './trainer.js'
import { runFiles, writeWeights } from './weights.js'

export interface RunEvents extends TrainingEvents {
  /** Every `logEvery` steps. */
  onLog?: (record: StepRecord) => void
}

export interface RunParts {
  config: RunConfig
  folder: string
  trainer: Trainer
  /** What dropout draws from. */
  generator: Generator
  /** Whether the folder goes when the run is closed; default false. */
  isTemporary?: boolean
}

/**
 * A training run with a folder: the trainer's loop, and beside it logs, weights and checkpoints. Made by `startRun` and
 * `resumeRun`. Where processes train together, that of rank 0 alone writes.
 */
export class Run {
  readonly config: RunConfig
  readonly folder: string
  readonly trainer: Trainer
  readonly isTemporary: boolean
  readonly #generator: Generator
  readonly #logs: RunLogs
  /** Step and epoch of the last checkpoint. */
  #saved = ''
  readonly #sinceLog = { images: 0, seconds: 0 }

  constructor({ config, folder, trainer, generator, isTemporary = false }: RunParts) {
    this.config = config
    this.folder = folder
    this.trainer = trainer
    this.isTemporary = isTemporary
    this.#generator = generator
    this.#logs = new RunLogs(folder)
  }

  /** Train to the end, or until the signal comes; either way everything is saved. */
  async train(events: RunEvents = {}, signal?: AbortSignal): Promise<StopReason> {
    const tensorboard = this.config.tensorboard && this.#writes ? this.#newTensorBoardLog() : null
    const { onTrainEnd, ...during } = events
    const recording: TrainingEvents = {
      ...during,
      onStep: async (event, control) => {
        if (this.#writes) this.#recordStep(event, events, tensorboard)
        this.#drawApart()
        await events.onStep?.(event, control)
      },
      onEpoch: async (event, control) => {
        if (this.#writes) await this.#recordEpoch(event, tensorboard)
        await events.onEpoch?.(event, control)
      },
      ...(tensorboard ? recordingOf(tensorboard, events) : {}),
    }
    if (this.#writes) this.#recordSession()
    const options: FitOptions = signal ? { events: recording, signal } : { events: recording }
    this.#drawApart()
    const ended = await this.trainer.fit(options)
    const reason = (await this.#testAtTheEnd(events, signal)) ? ended : 'interrupted'
    if (this.#writes && this.#saved !== this.#position) this.save()
    if (this.config.fastDevRun && this.#writes) readCheckpoint(join(this.folder, runFiles.checkpoint)) // can it be read again?
    const { step, epochs, best } = this.trainer.progress
    await onTrainEnd?.({ reason, step, epochs, best })
    return reason
  }

  /** Whether nothing is left to do. */
  get isDone(): boolean {
    return this.trainer.isDone && !lacksFinalTest(this.trainer) && !lacksAugmentedTest(this.trainer, this.config.tta)
  }

  /**
   * Test-time augmentation, and the test images where they were kept for the end. @returns false if the signal came
   * before
   */
  async #testAtTheEnd(events: RunEvents, signal: AbortSignal | undefined): Promise<boolean> {
    const { tta } = this.config
    if (lacksAugmentedTest(this.trainer, tta)) {
      this.#saved = '' // the result is to be saved
      if (!(await augmentedTest(this.trainer, tta, events, signal))) return false
    }
    if (!lacksFinalTest(this.trainer)) return true
    this.#saved = '' // the result is to be saved
    return finalTest(this.trainer, join(this.folder, runFiles.best), events, signal)
  }

  /** Stop the threads that prepare data; of a trial, remove the folder. */
  async close(): Promise<void> {
    const { trainLoader, validationLoader, testLoader } = this.trainer.options
    await Promise.all([trainLoader.close(), validationLoader?.close(), testLoader?.close()])
    if (this.isTemporary && this.#writes) rmSync(this.folder, { recursive: true, force: true })
  }

  /** Write the weights and the checkpoint. */
  save(): void {
    writeWeights(
      join(this.folder, runFiles.model),
      evaluatedWeights(this.trainer),
      weightsInfo(this.config, this.trainer),
    )
    writeCheckpoint(join(this.folder, runFiles.checkpoint), this.#checkpoint(), weightsInfo(this.config, this.trainer))
    this.#saved = this.#position
  }

  /** Take up the state of a checkpoint; what the logs hold beyond it is cut off. */
  restore({ model, optimizer, ema, lookahead, record }: Checkpoint): void {
    const { options } = this.trainer
    options.model.loadStateDict(model)
    options.optimizer.loadStateDict(optimizer)
    if (ema) options.ema?.loadStateDict(ema)
    if (lookahead) options.lookahead?.loadStateDict(lookahead)
    this.#generator.setState(record.generator)
    this.trainer.progress = record.progress
    if (this.#writes) this.#logs.cutTo(record.logs)
    this.#saved = this.#position
  }

  get #writes(): boolean {
    return this.trainer.communicator.rank === 0
  }

  /** Have each process drop out other values than the rest, as a function of the step: there is nothing to be saved for them. */
  #drawApart(): void {
    const { communicator, progress } = this.trainer
    if (communicator.size === 1) return
    this.#generator.setState(new Generator(this.config.seed, progress.step, communicator.rank).getState())
  }

  #recordSession(): void {
    const { progress, communicator } = this.trainer
    recordSession(this.folder, {
      step: progress.step,
      backend: describeComputation(communicator),
      config: this.config,
    })
  }

  get #position(): string {
    const { step, epochs } = this.trainer.progress
    return `${step} ${epochs}`
  }

  #newTensorBoardLog(): TensorBoardLog {
    const { trainer } = this
    return new TensorBoardLog(
      join(this.folder, runFiles.events),
      trainer.options.model,
      trainer.evaluatedLoader ?? null,
    )
  }

  #recordStep(event: StepEvent, events: RunEvents, tensorboard: TensorBoardLog | null): void {
    const { step, epoch, epochStep, stepsPerEpoch, loss, accuracy, lr, images, seconds } = event
    const { logEvery, saveEvery } = this.config
    this.#sinceLog.images += images
    this.#sinceLog.seconds += seconds
    if (step % logEvery === 0) {
      const imagesPerSecond = this.#sinceLog.images / this.#sinceLog.seconds
      Object.assign(this.#sinceLog, { images: 0, seconds: 0 })
      const record: StepRecord = {
        ...{ event: 'step', step, loss, lr, accuracy, imagesPerSecond, epoch },
        epochs: epoch - 1 + epochStep / stepsPerEpoch,
        seconds: this.trainer.progress.seconds,
      }
      this.#logs.step(record)
      tensorboard?.step(record)
      events.onLog?.(record)
    }
    if (saveEvery > 0 && step % saveEvery === 0) this.save()
  }

  async #recordEpoch(event: EpochEvent, tensorboard: TensorBoardLog | null): Promise<void> {
    await this.#logs.epoch(epochRecord(event))
    tensorboard?.epoch(epochRecord(event))
    if (event.isBest)
      writeWeights(
        join(this.folder, runFiles.best),
        evaluatedWeights(this.trainer),
        weightsInfo(this.config, this.trainer),
      )
    this.save()
  }

  #checkpoint(): Checkpoint {
    const { model, optimizer, ema, lookahead, trainLoader } = this.trainer.options
    const { digest } = trainLoader.dataset
    const { out: _, ...config } = this.config
    return {
      model: model.stateDict(),
      optimizer: optimizer.stateDict(),
      ema: ema?.stateDict() ?? null,
      lookahead: lookahead?.stateDict() ?? null,
      record: {
        config,
        progress: this.trainer.progress,
        generator: this.#generator.getState(),
        logs: this.#logs.sizes(),
        backend: describeComputation(this.trainer.communicator),
        version,
        ...(digest === undefined ? {} : { dataDigest: digest, dataPath: resolve(config.data) }),
      },
    }
  }
}

/** What only TensorBoard's log listens to, beside others' listeners. */
function recordingOf(log: TensorBoardLog, events: TrainingEvents): TrainingEvents {
  return {
    onLogits: (logits, labels) => {
      log.logits(logits, labels)
      events.onLogits?.(logits, labels)
    },
    onGradients: (step) => {
      log.gradients(step)
      events.onGradients?.(step)
    },
  }
}
