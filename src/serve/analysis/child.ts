/**
 * The process that computes what takes weights: on one thread and at a low priority, so that a training run on the same machine
 * hardly notices. (At the lowest one it would not get on beside a run that uses all cores.) Started by `Analyst`, one job at a time.
 */
import { constants, setPriority } from 'node:os'
import '../../setup.js'
import type { DatasetSplits } from '../../data/cifar10.js'
import { loadDataset } from '../../data/loadDataset.js'
import { createBackend } from '../../defaultBackend.js'
import { setBackend } from '../../tensor/backend.js'
import { GhostgradError } from '../../tensor/errors.js'
import { loadModel } from '../../train/loadModel.js'
import { evaluationOf } from './evaluation.js'
import { layersOf, mapsOf } from './featureMaps.js'
import { histogramsOf } from './histograms.js'
import type { AnswerMessage, Job, JobMessage } from './job.js'

let loaded: { key: string; data: Promise<DatasetSplits> } | null = null

function dataOf({ data, dataDir }: Job): Promise<DatasetSplits> {
  const key = `${data} ${dataDir}`
  if (loaded?.key !== key) {
    // What is not here is not fetched: to look at a run must not start a download.
    loaded = { key, data: loadDataset(data, { offline: true, ...(dataDir === null ? {} : { dataDir }) }) }
    loaded.data.catch(() => {
      loaded = null
    })
  }
  return loaded.data
}

async function answer(job: Job): Promise<unknown> {
  const { train, test } = await dataOf(job)
  const model = loadModel(job.folder)
  switch (job.kind) {
    case 'evaluation':
      return evaluationOf(model, test)
    case 'histograms':
      return histogramsOf(model, train, job.batchSize)
    case 'layers':
      return layersOf(model, test)
    case 'maps':
      return mapsOf(model, test, job.image, job.layer)
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
