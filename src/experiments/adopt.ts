import { join, resolve } from 'node:path'
import { ConfigError } from '../tensor/errors.js'
import { readConfig, yamlLayer } from '../train/readConfig.js'
import { runFiles } from '../train/weights.js'
import { type Folders, jobResult, resultFile, runFolder } from './folders.js'
import { type Changes, type Job, jobConfig, jobId, recipeLabel } from './job.js'
import { lockOwner } from './lock.js'
import type { RecipeName } from './recipes.js'
import { type Result, writeResult } from './result.js'
import { rows, type TrainedRow } from './rows.js'
import { resultOfRun } from './runResult.js'
import { configDifferences } from './sameConfig.js'

/** What a run was trained by that `adoptRun` takes over, and where its result goes. */
export interface AdoptOptions {
  recipe: RecipeName
  changes: Changes
  folders: Folders
}

/**
 * Take over the result of a finished run that `ghostgrad train` made: its configuration must be that of a row by the recipe.
 * @throws ConfigError that says what differs from the nearest row; DataError if the run is not finished
 */
export async function adoptRun(folder: string, options: AdoptOptions): Promise<{ file: string; result: Result }> {
  const job = jobOfRun(folder, options)
  const { folders } = options
  const file = resultFile(folders, job)
  const present = jobResult(folders, job)
  if (present && resolve(present.run) !== resolve(folder)) {
    throw new ConfigError(
      `${file}: there is a result already, of the run ${present.run}; remove the file to adopt ${folder}`,
    )
  }
  const owner = lockOwner(runFolder(folders, job))
  if (owner)
    throw new ConfigError(`${jobId(job)} is being run (process ${owner.pid} on ${owner.host}): nothing adopted`)
  const result = await resultOfRun(folder, job, jobConfig(job))
  writeResult(folders.results, jobId(job), result)
  return { file, result }
}

/** The job that a run's configuration is that of. */
function jobOfRun(folder: string, { recipe, changes }: AdoptOptions): Job & { row: TrainedRow } {
  const config = readConfig(yamlLayer(join(folder, runFiles.config)))
  const candidates = rows
    .filter((row) => row.kind === 'trained')
    .map((row) => {
      const job = { row, recipe, changes, seed: config.seed }
      return { job, wrong: configDifferences(config, jobConfig(job)) }
    })
  const { job, wrong } = candidates.reduce((a, b) => (b.wrong.length < a.wrong.length ? b : a))
  if (wrong.length === 0) return job
  throw new ConfigError(
    `${folder}: not the configuration of any row by ${recipeLabel(job)}; of the nearest, ${job.row.id}, it differs so: ${wrong.join('; ')}`,
  )
}
