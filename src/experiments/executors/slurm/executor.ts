import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError } from '../../../tensor/errors.js'
import type { Executor } from '../../executor.js'
import type { Folders } from '../../folders.js'
import { jobId, requirementsOf } from '../../job.js'
import { queuedIds, submit } from './commands.js'
import { arrayScript, tasksOf } from './script.js'

export interface SlurmOptions {
  /** More options of sbatch, such as `partition=main`. */
  sbatch: readonly string[]
  /** Of each run, and CPUs of its task; null: one. */
  threads: number | null
}

/**
 * A job array of Slurm: writes the script, and submits it where there is sbatch. Does not wait. Jobs that an earlier call submitted and
 * that Slurm still has are not submitted again.
 */
export function slurmExecutor({ sbatch, threads }: SlurmOptions, folders: Folders): Executor {
  const options = sbatch.map(parseOption)
  return {
    async run(jobs, { program, flags, onNote }) {
      const parent = resolve(folders.runs, 'slurm')
      const queued = await queuedIds(parent)
      const isWaiting = (ids: readonly string[]) => ids.some((id) => queued.has(id))
      const needing = jobs.filter((job) => isWaiting(requirementsOf(job).map(jobId)) && !queued.has(jobId(job)))
      for (const job of needing) onNote(`${jobId(job)}: left for later: it needs a run that Slurm still has`)
      const tasks = tasksOf(jobs.filter((job) => !queued.has(jobId(job)) && !needing.includes(job)))
      if (queued.size > 0) onNote(`Slurm has these already: ${[...queued].join(', ')}`)
      if (tasks.length === 0) return []

      const folder = join(parent, new Date().toISOString().slice(0, 19).replaceAll(':', ''))
      mkdirSync(folder, { recursive: true })
      const [script, idsFile] = [join(folder, 'array.sh'), join(folder, 'ids')]
      const common = threads === null ? [...flags, '--threads', '1'] : flags
      const about = { folder, idsFile, cwd: process.cwd(), cpus: threads ?? 1, sbatch: options }
      writeFileSync(idsFile, tasks.map((ids) => `${ids.join(' ')}\n`).join(''))
      writeFileSync(script, arrayScript({ count: tasks.length, program, flags: common, ...about }))
      const array = await submit(script)
      onNote(
        array
          ? `submitted as array ${array} of ${tasks.length} (script and output in ${folder}); see squeue --me, ghostgrad status`
          : `there is no sbatch on this machine; where there is, give: sbatch ${script}`,
      )
      onNote('what is not done yet is missing in the table; the same command adds it later')
      return []
    },
  }
}

/** `partition=main` for it or for `--partition=main`. */
function parseOption(text: string): string {
  const [, option] = /^(?:--)?([a-z][a-z-]*(?:=[^\n]*)?)$/.exec(text) ?? []
  if (option) return option
  throw new ConfigError(`--sbatch: expected an option of sbatch such as partition=main or time=12:00:00, got "${text}"`)
}
