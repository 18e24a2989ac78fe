/**
 * The process that computes what takes weights: on one thread and at a low priority, so that a training run on the same machine
 * hardly notices. (At the lowest one it would not get on beside a run that uses all cores.) Started by `Analyst`, one job at a time.
 */
import { existsSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import '../../setup.js'
import { createBackend } from '../../defaultBackend.js'
import { setBackend } from '../../tensor/backend.js'
import { GhostgradError } from '../../tensor/errors.js'
import { isOwnData } from '../../train/openData.js'
import { objectLayer } from '../../train/readConfig.js'
import { type LoadedModel, loadModel } from '../../train/trained/openTrained.js'
import { openTrainedData, type TrainedData } from '../../train/trained/trainedData.js'
import { evaluationOf } from './evaluation.js'
import { layersOf, mapsOf } from './featureMaps.js'
import { histogramsOf } from './histograms.js'
import type { AnswerMessage, Job, JobMessage } from './job.js'

let loaded: { key: string; data: Promise<TrainedData> } | null = null

/** The images that a run's network was trained on, divided and normalized as it was. */
function dataOf({ dataDir, folder }: Job, trained: LoadedModel): Promise<TrainedData> {
  const { data, testShare, splitSeed } = trained.trainedOn
  const key = JSON.stringify([folder, dataDir, { ...trained.trainedOn, epoch: undefined }])
  if (loaded?.key !== key) {
    const place = data === undefined ? {} : { data: placeOf(data, folder), testShare, splitSeed }
    const settings = objectLayer({ offline: true, ...place, ...(dataDir === null ? {} : { dataDir }) }, folder)
    // What is not here is not fetched: to look at a run must not start a download.
    loaded = { key, data: openTrainedData(trained, settings) }
    loaded.data.catch(() => {
      loaded = null
    })
  }
  return loaded.data
}

/** A run names its images from where it was begun, which is most often a folder around its own. */
function placeOf(data: string, folder: string): string {
  if (!isOwnData(data) || isAbsolute(data)) return data
  let above = resolve(folder)
  do {
    above = dirname(above)
    if (existsSync(join(above, data))) return join(above, data)
  } while (above !== dirname(above))
  return data
}

async function answer(job: Job): Promise<unknown> {
  const trained = loadModel(job.folder)
  const { train, test } = await dataOf(job, trained)
  switch (job.kind) {
    case 'evaluation':
      return evaluationOf(trained, test)
    case 'histograms':
      return histogramsOf(trained, train, job.batchSize)
    case 'layers':
      return layersOf(trained, test)
    case 'maps':
      return mapsOf(trained, test, job.image, job.layer)
  }
}

/** What went wrong, for the reader of the page; a bug also shows in the server's terminal. */
function describe(error: unknown): string {
  if (!(error instanceof GhostgradError)) console.error(error)
  return error instanceof Error ? error.message : String(error)
}

setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
setBackend(createBackend('wasm', { threads: 1 }))
process.on('message', async ({ id, job }: JobMessage) => {
  let message: AnswerMessage
  try {
    message = { id, json: JSON.stringify(await answer(job)) }
  } catch (error) {
    message = { id, error: describe(error) }
  }
  process.send!(message)
})
process.on('disconnect', () => process.exit())
