import { existsSync } from 'node:fs'
import type { DatasetSplits } from '../data/cifar10.js'
import type { ImageDataset } from '../data/dataset.js'
import type { OnProgress } from '../data/progress.js'
import { createBackend } from '../defaultBackend.js'
import { alone, type Communicator } from '../distributed/communicator.js'
import { isModelFile } from '../models/modelFile.js'
import { setBackend } from '../tensor/backend.js'
import { ConfigError, DataError } from '../tensor/errors.js'
import { Generator } from '../tensor/random.js'
import { buildTrainer } from './build.js'
import { buildSchedule } from './buildSchedule.js'
import { type Checkpoint, type CheckpointRecord, previousCheckpoint, readCheckpoint } from './checkpointFile.js'
import { withClassWeights } from './classWeights.js'
import type { RunConfig } from './config.js'
import { noteSettings } from './noteSettings.js'
import { isOwnData, openData } from './openData.js'
import { openOwnModel } from './ownModel.js'
import { describeComputation, threadsOf } from './processes.js'
import { type ConfigLayer, objectLayer, readConfig } from './readConfig.js'
import { Run, type RunParts } from './run.js'
import { findCheckpoint, isTrial, newRunFolder, removeLeftovers, writeRunConfig } from './runFolder.js'
import { describeWeights } from './trained/openTrained.js'
import { decodeFacts } from './trained/trainedOn.js'
import { openWeightsFile } from './weights.js'

/** What `startRun` and `resumeRun` tell, and who takes part. */
export interface StartOptions {
  /** While data is fetched. */
  onProgress?: OnProgress
  /** Something the user should know: one line. */
  onNote?: (text: string) => void
  /** The processes that train together, from `joinMpi`, each of which makes the same call; default: this one alone. */
  communicator?: Communicator
}

/** Get everything ready for a new run: data, model, optimizer, and the run's folder. */
export async function startRun(settings: RunConfig, options: StartOptions = {}): Promise<Run> {
  const { communicator = alone } = options
  const config = withClassWeights(settings)
  const folder = await communicator.fromRoot(() => newRunFolder(config))
  const run = new Run({ config, folder, isTemporary: isTrial(config), ...(await prepareRun(config, options)) })
  if (communicator.rank === 0) writeRunConfig(folder, config, describeComputation(communicator))
  return run
}

/** What may be otherwise when a run goes on; all else decides what it computes. */
const changeable = [
  ...['data', 'labels', 'labelColumn', 'imageColumn'], // images of the user's own may have moved: their digest decides
  ...['epochs', 'maxSteps', 'patience', 'dataDir', 'offline', 'evalBatchSize'],
  ...['backend', 'threads', 'logEvery', 'saveEvery', 'tensorboard'],
]

/**
 * Go on with a run from its checkpoint: to the same bits as if it had never stopped, on the same backend with as many
 * threads.
 * @param path the run's folder, or a checkpoint file
 * @param changes settings that replace the run's own: a new number of epochs, say
 */
export async function resumeRun(path: string, changes: ConfigLayer, options: StartOptions = {}): Promise<Run> {
  const { folder, file } = findCheckpoint(path)
  removeLeftovers(folder)
  const checkpoint = readOrSuggest(file)
  const own = readConfig(objectLayer(checkpoint.record.config, file))
  const config = readConfig(objectLayer(own, file), changes)
  refuseChanges(own, config, changes)
  // The checkpoint holds the weights: the file that they once came from is not needed any more.
  const { init: _, ...withoutInit } = config
  const changed = { ...withoutInit, ...placeOf(config, own, checkpoint.record) }
  const parts = await prepareRun(changed, options, normalizationOf(file), changes.values.model !== undefined)
  const run = new Run({ config: changed, folder, isTemporary: false, ...parts })
  refuseOtherImages(run, checkpoint.record)
  const description = describeComputation(options.communicator ?? alone)
  if (description !== checkpoint.record.backend) {
    options.onNote?.(
      `this run was on "${checkpoint.record.backend}", now it is on "${description}": last bits may differ`,
    )
  }
  run.restore(checkpoint)
  noteRateJump(own, run, options.onNote)
  return run
}

/** Where the images of a run are now: where they were, if it goes on in another working folder. */
function placeOf(config: RunConfig, own: RunConfig, { dataPath }: CheckpointRecord): Pick<RunConfig, 'data'> {
  const isElsewhere = dataPath !== undefined && config.data === own.data && !existsSync(config.data)
  return { data: isElsewhere && existsSync(dataPath) ? dataPath : config.data }
}

/** With another number of epochs the schedule is another one: what that does to the learning rate is said. */
function noteRateJump(own: RunConfig, { config, trainer }: Run, onNote: StartOptions['onNote']): void {
  const { step } = trainer.progress
  if (own.epochs === config.epochs || step === 0) return
  const before = buildSchedule(own, trainer.stepsPerEpoch)(step - 1)
  const after = trainer.options.schedule(step)
  if (Math.abs(after / before - 1) < 0.01) return
  const show = (lr: number) => Number(lr.toPrecision(3))
  onNote?.(
    `learning rate: ${show(before)} in the last step, ${show(after)} in the next: the ${config.schedule} schedule is laid out over ` +
      `${config.epochs} epochs now, not ${own.epochs}`,
  )
}

/** What the images of a run were normalized with so far. */
function normalizationOf(checkpoint: string): Normalization {
  const { mean, std } = decodeFacts(openWeightsFile(checkpoint).metadata, checkpoint)
  return { mean, std }
}

/** A damaged checkpoint is never passed over in silence: the one before it is named, and taken only when asked for. */
function readOrSuggest(file: string): Checkpoint {
  try {
    return readCheckpoint(file)
  } catch (error) {
    const previous = previousCheckpoint(file)
    if (!(error instanceof DataError) || !existsSync(previous)) throw error
    throw new DataError(`${error.message}; ${suggest(previous)}`)
  }
}

function suggest(previous: string): string {
  try {
    const { step, epochs } = readCheckpoint(previous).record.progress
    return `the checkpoint before it is whole (step ${step}, ${epochs} epochs done): --resume ${previous}`
  } catch (error) {
    return `the one before it cannot be read either: ${(error as Error).message}`
  }
}

/**
 * What a configuration is about, without a folder: backend set, data loaded, model and optimizer made.
 * @param normalization of the images, where it is settled already
 * @param isModelNamed whether the user has named the network, and not a checkpoint
 */
export async function prepareRun(
  settings: RunConfig,
  { onProgress, onNote, communicator = alone }: StartOptions,
  normalization?: Normalization,
  isModelNamed = true,
): Promise<Pick<RunParts, 'trainer' | 'generator'>> {
  const config = withClassWeights(settings)
  const { backend, threads, seed } = config
  openOwnModel(config.model, isModelNamed)
  setBackend(createBackend(backend, { threads: threads ?? threadsOf(communicator) }))
  const generator = new Generator(seed)
  const load = () =>
    openData(config, onProgress ? { onProgress } : {}).catch((error: Error) => {
      if (!(error instanceof DataError) || isOwnData(config.data)) throw error
      throw new DataError(`${error.message}; the small sample in the package is always there: --data cifar10-sample`)
    })
  // Rank 0 puts into the cache what is not there, and the others find it.
  const first = communicator.rank === 0 ? await load() : null
  await communicator.fromRoot(() => null)
  const data = first ?? (await load())
  const normalized = normalize(data, normalization ?? normalizationFor(config, onNote))
  const trainer = buildTrainer(config, { data: normalized, generator, communicator, ...(onNote ? { onNote } : {}) })
  if (onNote) noteSettings(config, trainer, data.report, onNote)
  return { generator, trainer }
}

interface Normalization {
  mean?: number[] | undefined
  std?: number[] | undefined
}

/**
 * What images are normalized with: as the settings say, else as those were that the initial weights were trained on.
 */
function normalizationFor(
  { init, model, mean, std }: RunConfig,
  onNote: (text: string) => void = () => {},
): Normalization {
  if (init === undefined || (mean && std)) return { mean, std }
  const { trainedOn, assumed, name, file } = describeWeights(init, model)
  const isKnown = !assumed.has('mean') && !assumed.has('std')
  const isImagenet = trainedOn.options.numClasses === 1000
  if (name !== model || !(isKnown || isImagenet)) return { mean, std }
  const taken = { mean: mean ?? [...trainedOn.mean], std: std ?? [...trainedOn.std] }
  onNote(
    `images are normalized as those of ${file}: mean ${taken.mean.join(',')}, standard deviation ${taken.std.join(',')}` +
      (isKnown ? '' : ' (assumed: those of ImageNet)'),
  )
  return taken
}

function normalize(data: DatasetSplits, { mean, std }: Normalization): DatasetSplits {
  const as = (dataset: ImageDataset): ImageDataset => ({
    ...dataset,
    mean: mean ?? dataset.mean,
    std: std ?? dataset.std,
  })
  if (!mean && !std) return data
  const { train, test, validation } = data
  return { train: as(train), test: as(test), ...(validation ? { validation: as(validation) } : {}) }
}

/** The same bits come of the same images alone. */
function refuseOtherImages({ config, trainer }: Run, { dataDigest }: CheckpointRecord): void {
  const { digest } = trainer.options.trainLoader.dataset
  if (dataDigest === digest) return
  throw new DataError(
    `${config.data}: these are not the images that the run was trained on so far; to train its weights on with other images, ` +
      'begin a run with --init',
  )
}

function refuseChanges(own: RunConfig, changed: RunConfig, { values, label }: ConfigLayer): void {
  for (const key of Object.keys(values) as (keyof RunConfig)[]) {
    const [before, after] = [JSON.stringify(own[key]), JSON.stringify(changed[key])]
    const isNamed = key === 'data' && !(isOwnData(own.data) && isOwnData(changed.data))
    const isMoved = key === 'model' && isModelFile(own.model) && isModelFile(changed.model)
    if (before === after || isMoved || (changeable.includes(key) && !isNamed)) continue
    throw new ConfigError(
      `${label(key)}: a run that is resumed keeps its ${key} (${before ?? 'default'}, got ${after}); ` +
        `what may change: ${changeable.join(', ')}`,
    )
  }
}
