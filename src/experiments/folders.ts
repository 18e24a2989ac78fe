import { join } from 'node:path'
import { DataError } from '../tensor/errors.js'
import type { RunConfig } from '../train/config.js'
import { type Job, jobConfig, jobId } from './job.js'
import { type Result, readResult } from './result.js'
import { canRun } from './rows.js'
import { configDifferences } from './sameConfig.js'

/** Where runs and results lie. */
export interface Folders {
  /** Of the runs with their checkpoints, and the locks. */
  runs: string
  /** Of the small files with what they came to. */
  results: string
}

/** Where runs and results lie unless something else is said. */
export const defaultFolders: Folders = { runs: join('runs', 'reproduce'), results: 'results' }

/** Where a job's run is kept; its lock is beside it. */
export const runFolder = ({ runs }: Folders, job: Job): string => join(runs, jobId(job))

/** The file of the result of a job. */
export const resultFile = ({ results }: Folders, job: Job): string => join(results, `${jobId(job)}.yaml`)

/**
 * The result of a job, or null where it is not done.
 * @throws DataError if the file was made by another configuration than the job's
 */
export function jobResult(folders: Folders, job: Job): Result | null {
  const result = readResult(folders.results, jobId(job))
  if (!result || !canRun(job.row)) return result
  const wrong = configDifferences(result.config as Partial<RunConfig>, jobConfig({ ...job, row: job.row }))
  if (wrong.length === 0) return result
  throw new DataError(`${resultFile(folders, job)}: its configuration is not that of the job: ${wrong.join('; ')}`)
}
