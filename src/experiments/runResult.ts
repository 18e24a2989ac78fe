import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseString } from 'fast-csv'
import { DataError } from '../tensor/errors.js'
import { readCheckpoint } from '../train/checkpointFile.js'
import { type RunConfig, runSchema } from '../train/config.js'
import { describeBackends } from '../train/sessions.js'
import { runFiles } from '../train/weights.js'
import { type Job, recipeLabel } from './job.js'
import { type Result, resultSchema } from './result.js'
import { configDifferences } from './sameConfig.js'

/**
 * The result of a finished run, from its folder alone.
 * @param expected the configuration that makes it the job's run
 * @throws DataError if the run is not that of the job, or not finished
 */
export async function resultOfRun(folder: string, job: Job, expected: RunConfig): Promise<Result> {
  const checkpoint = join(folder, runFiles.checkpoint)
  if (!existsSync(checkpoint)) throw new DataError(`${folder}: there is no ${runFiles.checkpoint} in this folder`)
  const { config: settings, progress, backend, version } = readCheckpoint(checkpoint).record
  const config = runSchema.parse(settings)
  const wrong = configDifferences(config, expected)
  if (wrong.length > 0)
    throw new DataError(`${folder}: not a run of row ${job.row.id} by ${recipeLabel(job)}: ${wrong.join('; ')}`)
  if (progress.epochs < config.epochs) {
    throw new DataError(
      `${folder}: not finished (${progress.epochs} of ${config.epochs} epochs): go on with npx ghostgrad train --resume ${folder}`,
    )
  }
  const epochs = await readMetrics(join(folder, runFiles.metrics))
  const header = readHeader(join(folder, runFiles.config))
  return resultSchema.parse({
    row: job.row.id,
    recipe: recipeLabel(job),
    seed: job.seed,
    accuracy: epochs.at(-1)?.testAccuracy,
    best: progress.best,
    seconds: progress.seconds,
    started: header.written,
    ended: statSync(checkpoint).mtime.toISOString(),
    version,
    commit: header.commit ?? null,
    machine: header.machine ?? 'not recorded',
    backend: describeBackends(folder) ?? backend,
    threads: Number(/(\d+) threads?/.exec(backend)?.[1] ?? 1),
    run: folder,
    config,
    epochs,
  })
}

/** One record an epoch, with numbers for the texts of the file. */
export function readMetrics(file: string): Promise<Record<string, number>[]> {
  const rows: Record<string, number>[] = []
  return new Promise((resolve, reject) => {
    parseString<Record<string, string>, Record<string, number>>(readFileSync(file, 'utf8'), { headers: true })
      .transform((row: Record<string, string>) =>
        Object.fromEntries(Object.entries(row).map(([key, text]) => [key, Number(text)])),
      )
      .on('error', reject)
      .on('data', (row) => rows.push(row))
      .on('end', () => resolve(rows))
  })
}

/** What the first lines of a run's configuration say, and when they were written: at its start. */
function readHeader(file: string): Record<string, string> & { written: string } {
  const entries = [...readFileSync(file, 'utf8').matchAll(/^# (machine|commit): (.*)$/gm)].map(([, key, text]) => [
    key,
    text,
  ])
  return { ...Object.fromEntries(entries), written: statSync(file).mtime.toISOString() }
}
