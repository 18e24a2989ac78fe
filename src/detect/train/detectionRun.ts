import { join } from 'node:path'
import { createBackend } from '../../defaultBackend.js'
import { AdamW } from '../../optim/adamW.js'
import { decayGroups } from '../../optim/groups.js'
import { cosine, warmup } from '../../optim/schedule.js'
import { SGD } from '../../optim/sgd.js'
import { getBackend, setBackend } from '../../tensor/backend.js'
import { ConfigError, DataError } from '../../tensor/errors.js'
import { Generator } from '../../tensor/random.js'
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../train/checkpointFile.js'
import { RunLogs } from '../../train/logs.js'
import { version } from '../../train/machine.js'
import { type ConfigLayer, objectLayer } from '../../train/readConfig.js'
import { findCheckpoint, newRunFolder, removeLeftovers, writeRunConfig } from '../../train/runFolder.js'
import { applyWeights, readWeights, runFiles, writeWeights } from '../../train/weights.js'
import type { BadBox, DetectionSplits } from '../data/detectionData.js'
import { DetectionLoader } from '../data/detectionLoader.js'
import { loadDetection } from '../data/loadDetection.js'
import { canvasSize } from '../data/pictures.js'
import { createDetector } from '../models/createDetector.js'
import type { Detector } from '../models/detector.js'
import type { FasterRcnn } from '../models/fasterRcnn.js'
import type { RetinaNet } from '../models/retinanet.js'
import { type DetectConfig, readDetectConfig } from './detectConfig.js'
import { type DetectionEpoch, type DetectionEvents, type DetectionStep, DetectionTrainer } from './detectionTrainer.js'
import { detectorInfo, factsOf, startBackbone } from './detectorFile.js'

/** A training run of a detector with a folder: logs, weights and checkpoints beside the trainer's loop. */
export class DetectionRun {
  readonly #logs: RunLogs<object, object>
  #saved = ''

  constructor(
    readonly config: DetectConfig,
    readonly folder: string,
    readonly trainer: DetectionTrainer,
    readonly data: DetectionSplits,
  ) {
    this.#logs = new RunLogs(folder)
  }

  get isDone(): boolean {
    return this.trainer.isDone
  }

  /** Annotations that could not be used. */
  get bad(): BadBox[] {
    return [...this.data.train.bad, ...this.data.test.bad]
  }

  /** Train to the end, or until the signal comes; either way everything is saved. */
  async train(events: DetectionEvents = {}, signal?: AbortSignal): Promise<'finished' | 'max-steps' | 'interrupted'> {
    const { logEvery, saveEvery } = this.config
    const recording: DetectionEvents = {
      ...events,
      onStep: (event: DetectionStep) => {
        if (event.step % logEvery === 0) this.#logs.step(event)
        if (saveEvery > 0 && event.step % saveEvery === 0) this.save()
        events.onStep?.(event)
      },
      onEpoch: async (event: DetectionEpoch) => {
        await this.#logs.epoch(flatRecord(event))
        if (event.isBest)
          writeWeights(join(this.folder, runFiles.best), this.trainer.options.model.stateDict(), this.#info)
        this.save()
        await events.onEpoch?.(event)
      },
    }
    const reason = await this.trainer.fit(recording, signal)
    if (this.#saved !== this.#position) this.save()
    return reason
  }

  /** Write the weights and the checkpoint. */
  save(): void {
    const { model, optimizer } = this.trainer.options
    writeWeights(join(this.folder, runFiles.model), model.stateDict(), this.#info)
    const { out: _, ...config } = this.config
    const checkpoint: Checkpoint = {
      model: model.stateDict(),
      optimizer: optimizer.stateDict(),
      ema: null,
      lookahead: null,
      record: {
        config,
        progress: this.trainer.progress,
        generator: [],
        logs: this.#logs.sizes(),
        backend: getBackend().description,
        version,
      },
    }
    writeCheckpoint(join(this.folder, runFiles.checkpoint), checkpoint, this.#info)
    this.#saved = this.#position
  }

  /** Take up the state of a checkpoint; what the logs hold beyond it is cut off. */
  restore({ model, optimizer, record }: Checkpoint): void {
    this.trainer.options.model.loadStateDict(model)
    this.trainer.options.optimizer.loadStateDict(optimizer)
    this.trainer.progress = record.progress
    this.#logs.cutTo(record.logs)
    this.#saved = this.#position
  }

  get #position(): string {
    const { step, epochs } = this.trainer.progress
    return `${step} ${epochs}`
  }

  get #info(): Record<string, string> {
    return detectorInfo(factsOf(this.config, this.data.train.classes))
  }
}

const flatRecord = ({ metrics, perCategory: _, isBest: __, ...event }: DetectionEpoch): object => {
  const names = ['ap', 'ap50', 'ap75', 'apSmall', 'apMedium', 'apLarge', 'ar1', 'ar10', 'ar100'] as const
  return { ...event, ...Object.fromEntries(names.map((name) => [name, metrics?.[name] ?? null])) }
}

/** Get everything ready for a new run: data, model, optimizer, and the run's folder. */
export async function startDetection(config: DetectConfig): Promise<DetectionRun> {
  const folder = newRunFolder({ model: config.detector, out: config.out, fastDevRun: false })
  const run = await build(config, folder)
  writeRunConfig(folder, config, getBackend().description, 'detect train')
  return run
}

/** What may be otherwise when a run goes on. */
const changeable = ['epochs', 'maxSteps', 'from', 'dataDir', 'backend', 'threads', 'logEvery', 'saveEvery', 'evalEvery']

/** Go on with a run from its checkpoint, to the same bits as if it had never stopped. @param path its folder or checkpoint file */
export async function resumeDetection(path: string, changes: ConfigLayer): Promise<DetectionRun> {
  const { folder, file } = findCheckpoint(path)
  removeLeftovers(folder)
  const checkpoint = readCheckpoint(file)
  if (checkpoint.record.config.detector === undefined) {
    throw new DataError(`${file}: not the checkpoint of a detector: ghostgrad train --resume goes on with it`)
  }
  for (const key of Object.keys(changes.values)) {
    if (!changeable.includes(key)) {
      throw new ConfigError(
        `${changes.label(key)}: a run that is resumed keeps it; what may change: ${changeable.join(', ')}`,
      )
    }
  }
  const { init: _, backboneWeights: __, ...own } = checkpoint.record.config
  const run = await build(readDetectConfig(objectLayer(own, file), changes), folder)
  run.restore(checkpoint)
  return run
}

async function build(config: DetectConfig, folder: string): Promise<DetectionRun> {
  const { backend, threads, seed, imageSize, batchSize, width, s, d } = config
  setBackend(createBackend(backend, { threads }))
  const data = await loadDetection(config)
  const canvas = canvasSize([data.train, data.test], imageSize)
  const augment = {
    flip: config.flip,
    flipVertical: config.flipVertical,
    zoom: config.zoom ? ([0.8, 1.3] as const) : null,
  }
  const common = { batchSize, longSide: imageSize, canvas, seed }
  const trainLoader = await DetectionLoader.open(data.train, { ...common, augment })
  const testLoader = await DetectionLoader.open(data.test, { ...common, augment: null })
  const model = createDetector({
    ...config,
    backboneOptions: { width, s, d },
    numClasses: data.train.classes.length,
    generator: new Generator(seed),
  })
  if (config.backboneWeights !== undefined) startBackbone(model as RetinaNet | FasterRcnn, config.backboneWeights)
  if (config.init !== undefined) {
    const { file, weights } = readWeights(config.init)
    applyWeights(model, weights, file)
  }
  return new DetectionRun(config, folder, buildTrainer(config, model, trainLoader, testLoader), data)
}

function buildTrainer(
  config: DetectConfig,
  model: Detector,
  trainLoader: DetectionLoader,
  testLoader: DetectionLoader,
): DetectionTrainer {
  const { lr, momentum, weightDecay, epochs, maxSteps, evalEvery, clipNorm, norm, seed, warmupSteps } = config
  const groups = decayGroups(model.namedParameters(), weightDecay, { exempt: 'norm-and-bias' })
  const optimizer = config.optimizer === 'sgd' ? new SGD(groups, { lr, momentum }) : new AdamW(groups, { lr })
  const steps = epochs * trainLoader.stepsPerEpoch
  const rise = Math.min(warmupSteps, Math.floor(steps / 2))
  const fall = cosine({ lr, steps: Math.max(1, steps - rise) })
  return new DetectionTrainer({
    ...{ model, optimizer, trainLoader, testLoader, epochs, maxSteps, evalEvery, clipNorm, seed },
    schedule: rise > 0 ? warmup(fall, { steps: rise }) : fall,
    frozenNorms: norm === 'frozen',
  })
}
