import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../tensor/errors.js'
import type { StopReason } from '../train/events.js'
import { type ConfigLayer, objectLayer } from '../train/readConfig.js'
import type { Run } from '../train/run.js'
import { resumeRun, type StartOptions, startRun } from '../train/startRun.js'
import { runFiles } from '../train/weights.js'
import { type Folders, jobResult, runFolder } from './folders.js'
import { type Job, jobConfig, jobId, requirementsOf } from './job.js'
import { Lock } from './lock.js'
import { prunedWeights } from './prunedWeights.js'
import { writeResult } from './result.js'
import { canRun, type RunRow } from './rows.js'
import { resultOfRun } from './runResult.js'
import { configDifferences } from './sameConfig.js'

/** How a job is run. */
export interface JobOptions extends StartOptions {
  folders: Folders
  /** Settings that do not decide the result: threads, where the data is, … */
  machine?: ConfigLayer
  /** Trains the run to its end; default: silently. */
  train?: (run: Run, signal: AbortSignal) => Promise<StopReason>
}

/** `done` also where the job was done before; `busy`: another process is at it; `interrupted`: saved, to go on with later. */
export type JobOutcome = 'done' | 'busy' | 'interrupted'

/**
 * Run one job to its result, going on where an earlier process stopped: that one may have been killed at any moment.
 * @throws ConfigError if the row cannot be run, or another job has to be done first
 */
export async function runJob(job: Job, options: JobOptions): Promise<JobOutcome> {
  const id = jobId(job)
  const { row } = job
  if (!canRun(row)) throw new ConfigError(`${id}: rows of kind "${row.kind}" are not run`)
  for (const needed of requirementsOf(job)) {
    if (!jobResult(options.folders, needed))
      throw new ConfigError(`${id}: needs ${jobId(needed)}, which is not done yet`)
  }
  const lost = new AbortController()
  const lock = Lock.acquire(runFolder(options.folders, job), () => lost.abort())
  if (!lock) return 'busy'
  try {
    return jobResult(options.folders, job) ? 'done' : await trainRow({ ...job, row }, options, lost.signal)
  } finally {
    lock.release()
  }
}

async function trainRow(job: Job & { row: RunRow }, options: JobOptions, signal: AbortSignal): Promise<JobOutcome> {
  const { folders, machine = objectLayer({}, ''), train = (run) => run.train({}, signal) } = options
  const run = await openRun(job, runFolder(folders, job), machine, options)
  try {
    const reason = run.isDone ? 'finished' : await train(run, signal)
    if (reason === 'interrupted') return reason
    writeResult(folders.results, jobId(job), await resultOfRun(run.folder, job, jobConfig(job)))
    return 'done'
  } finally {
    await run.close()
  }
}

/** The job's run where it stopped, or a new one. @throws ConfigError if the folder holds another run */
async function openRun(
  job: Job & { row: RunRow },
  folder: string,
  machine: ConfigLayer,
  options: JobOptions,
): Promise<Run> {
  if (!existsSync(join(folder, runFiles.checkpoint))) {
    rmSync(folder, { recursive: true, force: true }) // it ended before its first checkpoint
    const init = prunedWeights(job, folder, options.folders)
    return startRun({ ...jobConfig(job, machine), ...init, out: folder }, options)
  }
  const run = await resumeRun(folder, machine, options)
  const wrong = configDifferences(run.config, jobConfig(job))
  if (wrong.length === 0) return run
  await run.close()
  throw new ConfigError(`${folder}: holds a run of another configuration (${wrong.join('; ')}): move it away`)
}
