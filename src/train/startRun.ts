import type { OnProgress } from '../data/progress.js'
import { createBackend } from '../defaultBackend.js'
import { getBackend, setBackend } from '../tensor/backend.js'
import { ConfigError, DataError } from '../tensor/errors.js'
import { Generator } from '../tensor/random.js'
import { buildTrainer } from './build.js'
import { type CheckpointRecord, readCheckpoint } from './checkpointFile.js'
import type { RunConfig } from './config.js'
import { isOwnData, openData } from './openData.js'
import { type ConfigLayer, objectLayer, readConfig } from './readConfig.js'
import { Run } from './run.js'
import { findCheckpoint, newRunFolder, writeRunConfig } from './runFolder.js'

export interface StartOptions {
  /** While data is fetched. */
  onProgress?: OnProgress
  /** Something the user should know: one line. */
  onNote?: (text: string) => void
}

/** Get everything ready for a new run: data, model, optimizer, and the run's folder. */
export async function startRun(config: RunConfig, options: StartOptions = {}): Promise<Run> {
  const folder = newRunFolder(config)
  const run = await buildRun(config, folder, options)
  writeRunConfig(folder, config, getBackend().description)
  return run
}

/** What may be otherwise when a run goes on; all else decides what it computes. */
const changeable = [
  ...['epochs', 'maxSteps', 'dataDir', 'offline', 'evalBatchSize'],
  ...['backend', 'threads', 'logEvery', 'saveEvery'],
]

/**
 * Go on with a run from its checkpoint: to the same bits as if it had never stopped, on the same backend with as many threads.
 * @param path the run's folder, or a checkpoint file
 * @param changes settings that replace the run's own: a new number of epochs, say
 */
export async function resumeRun(path: string, changes: ConfigLayer, options: StartOptions = {}): Promise<Run> {
  const { folder, file } = findCheckpoint(path)
  const checkpoint = readCheckpoint(file)
  const own = readConfig(objectLayer(checkpoint.record.config, file))
  const config = readConfig(objectLayer(own, file), changes)
  refuseChanges(own, config, changes)
  // The checkpoint holds the weights: the file that they once came from is not needed any more.
  const { init: _, ...withoutInit } = config
  const run = await buildRun(withoutInit, folder, options)
  refuseOtherImages(run, checkpoint.record)
  const { description } = getBackend()
  if (description !== checkpoint.record.backend) {
    options.onNote?.(
      `this run was on "${checkpoint.record.backend}", now it is on "${description}": last bits may differ`,
    )
  }
  run.restore(checkpoint)
  return run
}

async function buildRun(config: RunConfig, folder: string, { onProgress }: StartOptions): Promise<Run> {
  const { backend, threads, seed } = config
  setBackend(createBackend(backend, { threads }))
  const generator = new Generator(seed)
  const data = await openData(config, onProgress ? { onProgress } : {}).catch((error: Error) => {
    if (!(error instanceof DataError) || isOwnData(config.data)) throw error
    throw new DataError(`${error.message}; the small sample in the package is always there: --data cifar10-sample`)
  })
  return new Run({ config, folder, generator, trainer: buildTrainer(config, { data, generator }) })
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
    if (before === after || changeable.includes(key)) continue
    throw new ConfigError(
      `${label(key)}: a run that is resumed keeps its ${key} (${before ?? 'default'}, got ${after}); ` +
        `what may change: ${changeable.join(', ')}`,
    )
  }
}
