import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { datasetSizes } from '../data/loadDataset.js'
import type { RunConfig } from '../train/config.js'
import { readConfig, yamlLayer } from '../train/readConfig.js'
import { runFiles } from '../train/weights.js'
import { type Folders, jobResult, runFolder } from './folders.js'
import { type Job, jobId } from './job.js'
import { type LockOwner, lockOwner } from './lock.js'
import type { Result } from './result.js'
import { readMetrics } from './runResult.js'

/** Where a job stands. `stopped`: it was begun, and no process is at it. */
export interface JobStatus {
  id: string
  state: 'done' | 'running' | 'stopped' | 'pending'
  result: Result | null
  owner: LockOwner | null
  progress: JobProgress | null
}

/** How far a job has come. */
export interface JobProgress {
  /** Done, with the part of the running one. */
  epochs: number
  ofEpochs: number
  /** Test accuracy after the last whole epoch, 0 … 1. */
  accuracy: number | null
  /** To the end, at the speed so far; null before there is one. */
  secondsLeft: number | null
}

/** How far a job has come, by what lies in its folders. */
export async function jobStatus(folders: Folders, job: Job): Promise<JobStatus> {
  const result = jobResult(folders, job)
  const id = jobId(job)
  if (result) return { id, state: 'done', result, owner: null, progress: null }
  const folder = runFolder(folders, job)
  const owner = lockOwner(folder)
  const progress = await readProgress(folder)
  return { id, state: owner ? 'running' : progress ? 'stopped' : 'pending', result, owner, progress }
}

/** From the logs in a run's folder; null where there are none yet. */
async function readProgress(folder: string): Promise<JobProgress | null> {
  if (!existsSync(join(folder, runFiles.config))) return null
  const config = readConfig(yamlLayer(join(folder, runFiles.config)))
  const [metrics, steps] = [runFiles.metrics, runFiles.steps].map((name) => join(folder, name)) as [string, string]
  const epochs = existsSync(metrics) ? await readMetrics(metrics) : []
  const step = existsSync(steps) ? lastStep(steps) : null
  const perEpoch = stepsPerEpoch(config)
  const done = Math.max(epochs.length, (step?.step ?? 0) / perEpoch)
  const mean = epochs.reduce((sum, { seconds }) => sum + seconds!, 0) / epochs.length
  const perEpochSeconds = epochs.length > 0 ? mean : step && (perEpoch * config.batchSize) / step.imagesPerSecond
  return {
    epochs: done,
    ofEpochs: config.epochs,
    accuracy: epochs.at(-1)?.testAccuracy ?? null,
    secondsLeft: perEpochSeconds === null ? null : (config.epochs - done) * perEpochSeconds,
  }
}

function stepsPerEpoch({ data, batchSize, dropLast }: RunConfig): number {
  const steps = datasetSizes[data]!.train / batchSize
  return dropLast ? Math.floor(steps) : Math.ceil(steps)
}

/** The last whole line: another process may be writing the one after it. */
function lastStep(file: string): { step: number; imagesPerSecond: number } | null {
  const line = readFileSync(file, 'utf8').split('\n').at(-2)
  return line ? JSON.parse(line) : null
}
