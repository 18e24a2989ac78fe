import { join } from 'node:path'
import type { EMA } from '../optim/ema.js'
import { getBackend } from '../tensor/backend.js'
import type { Generator } from '../tensor/random.js'
import type { StateDict } from '../tensor/stateDict.js'
import { datasetOptions, modelOptions } from './build.js'
import { type Checkpoint, writeCheckpoint } from './checkpointFile.js'
import type { RunConfig } from './config.js'
import type { EpochEvent, StepEvent, TrainingEvents } from './events.js'
import { inputFacts } from './inputFormat.js'
import { epochRecord, RunLogs, type StepRecord } from './logs.js'
import { version } from './machine.js'
import { isOwnData } from './openData.js'
import type { FitOptions, StopReason, Trainer } from './trainer.js'
import { runFiles, type WeightsInfo, writeWeights } from './weights.js'

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
}

/**
 * A training run with a folder: the trainer's loop, and beside it logs, weights and checkpoints. Made by `startRun` and
 * `resumeRun`.
 */
export class Run {
  readonly config: RunConfig
  readonly folder: string
  readonly trainer: Trainer
  readonly #generator: Generator
  readonly #logs: RunLogs
  /** Step and epoch of the last checkpoint. */
  #saved = ''
  readonly #sinceLog = { images: 0, seconds: 0 }

  constructor({ config, folder, trainer, generator }: RunParts) {
    this.config = config
    this.folder = folder
    this.trainer = trainer
    this.#generator = generator
    this.#logs = new RunLogs(folder)
  }

  /** Train to the end, or until the signal comes; either way everything is saved. */
  async train(events: RunEvents = {}, signal?: AbortSignal): Promise<StopReason> {
    const recording: TrainingEvents = {
      ...events,
      onStep: async (event) => {
        this.#recordStep(event, events)
        await events.onStep?.(event)
      },
      onEpoch: async (event) => {
        await this.#recordEpoch(event)
        await events.onEpoch?.(event)
      },
    }
    const options: FitOptions = signal ? { events: recording, signal } : { events: recording }
    const reason = await this.trainer.fit(options)
    if (this.#saved !== this.#position) this.save()
    return reason
  }

  /** Stop the threads that prepare data. */
  async close(): Promise<void> {
    const { trainLoader, testLoader } = this.trainer.options
    await Promise.all([trainLoader.close(), testLoader?.close()])
  }

  /** Write the weights and the checkpoint. */
  save(): void {
    writeWeights(join(this.folder, runFiles.model), this.#evaluatedWeights(), this.#info())
    writeCheckpoint(join(this.folder, runFiles.checkpoint), this.#checkpoint(), this.#info())
    this.#saved = this.#position
  }

  /** Take up the state of a checkpoint; what the logs hold beyond it is cut off. */
  restore({ model, optimizer, ema, record }: Checkpoint): void {
    const { options } = this.trainer
    options.model.loadStateDict(model)
    options.optimizer.loadStateDict(optimizer)
    if (ema) options.ema?.loadStateDict(ema)
    this.#generator.setState(record.generator)
    this.trainer.progress = record.progress
    this.#logs.cutTo(record.logs)
    this.#saved = this.#position
  }

  get #position(): string {
    const { step, epochs } = this.trainer.progress
    return `${step} ${epochs}`
  }

  #recordStep({ step, epoch, loss, lr, images, seconds }: StepEvent, events: RunEvents): void {
    const { logEvery, saveEvery } = this.config
    this.#sinceLog.images += images
    this.#sinceLog.seconds += seconds
    if (step % logEvery === 0) {
      const imagesPerSecond = this.#sinceLog.images / this.#sinceLog.seconds
      Object.assign(this.#sinceLog, { images: 0, seconds: 0 })
      const record: StepRecord = { event: 'step', step, loss, lr, imagesPerSecond, epoch }
      this.#logs.step(record)
      events.onLog?.(record)
    }
    if (saveEvery > 0 && step % saveEvery === 0) this.save()
  }

  async #recordEpoch(event: EpochEvent): Promise<void> {
    await this.#logs.epoch(epochRecord(event))
    if (event.isBest) writeWeights(join(this.folder, runFiles.best), this.#evaluatedWeights(), this.#info())
    this.save()
  }

  #checkpoint(): Checkpoint {
    const { model, optimizer, ema, trainLoader } = this.trainer.options
    const { digest } = trainLoader.dataset
    const { out: _, ...config } = this.config
    return {
      model: model.stateDict(),
      optimizer: optimizer.stateDict(),
      ema: ema?.stateDict() ?? null,
      record: {
        config,
        progress: this.trainer.progress,
        generator: this.#generator.getState(),
        logs: this.#logs.sizes(),
        backend: getBackend().description,
        version,
        ...(digest === undefined ? {} : { dataDigest: digest }),
      },
    }
  }

  /** The average where there is one, with the counters that it leaves out. */
  #evaluatedWeights(): StateDict {
    const { model, ema } = this.trainer.options
    return ema ? averagedWeights(model.stateDict(), ema) : model.stateDict()
  }

  #info(): WeightsInfo & Record<string, string> {
    const { epochs } = this.trainer.progress
    const { dataset } = this.trainer.options.trainLoader
    const { model, data, testShare, splitSeed } = this.config
    return {
      ...{ model, data, epoch: String(epochs) },
      modelOptions: JSON.stringify({ ...modelOptions(this.config), ...datasetOptions(model, dataset) }),
      ...inputFacts(dataset),
      ...(isOwnData(data) ? { testShare: String(testShare), splitSeed: String(splitSeed) } : {}),
    }
  }
}

function averagedWeights(weights: StateDict, ema: EMA): StateDict {
  const { num_updates: _, ...averages } = ema.stateDict()
  return { ...weights, ...averages }
}
