import { jobCommand } from '../../executor.js'
import { type Job, jobId, requirementsOf } from '../../job.js'

export interface ScriptOptions {
  /** Of tasks. */
  count: number
  /** File of which line n holds the ids of the jobs that task n runs. */
  idsFile: string
  /** Where the output of the tasks goes. */
  folder: string
  /** Where folders are relative to. */
  cwd: string
  cpus: number
  /** More options of sbatch, such as `partition=main`. */
  sbatch: readonly string[]
  program: readonly string[]
  flags: readonly string[]
}

/** The jobs of each task: one, and after it, in the same task, those that need it. */
export function tasksOf(jobs: readonly Job[]): string[][] {
  const tasks: string[][] = []
  for (const job of jobs) {
    const needed = requirementsOf(job).map(jobId)
    const task = tasks.find((ids) => ids.some((id) => needed.includes(id)))
    if (task) task.push(jobId(job))
    else tasks.push([jobId(job)])
  }
  return tasks
}

/** The script of a job array for sbatch. */
export function arrayScript({ count, idsFile, folder, cwd, cpus, sbatch, program, flags }: ScriptOptions): string {
  const options = [
    'job-name=ghostgrad',
    `array=1-${count}`,
    `cpus-per-task=${cpus}`,
    'requeue',
    'signal=B:INT@120',
    'open-mode=append',
    `output=${folder}/%a.log`,
    `chdir=${cwd}`,
    `comment=${idsFile}`,
    ...sbatch,
  ]
  const [command, last] = [jobCommand({ program, flags }, '').slice(0, -1), '"$id"']
  return `#!/bin/bash
${options.map((option) => `#SBATCH --${option.replace(/=(.*[\s'"#].*)$/, (_, value) => `=${JSON.stringify(value)}`)}`).join('\n')}

# Task n runs the jobs in line n of this file, one after another. A task that is run again goes on from the last checkpoint.
ids=$(sed -n "\${SLURM_ARRAY_TASK_ID}p" ${quote(idsFile)})

# Two minutes before the time limit, Slurm sends INT to this shell alone: the run is told to save, and the task goes back to the queue.
# TERM (scancel, scontrol requeue, preemption) reaches the run as well, which saves; what becomes of the task, Slurm knows.
trap 'signalled=1 limit=1; kill -TERM "$run"' INT
trap 'signalled=1' TERM

for id in $ids; do
  ${[...command.map(quote), last].join(' ')} &
  run=$!
  while
    signalled=
    wait "$run"
    code=$?
    [ "$signalled" ] # only the waiting has ended, not the run
  do :; done
  # 75: another process is at this run.
  if [ "$limit" ] || [ "$code" = 75 ]; then scontrol requeue "$SLURM_JOB_ID"; fi
  if [ "$code" != 0 ]; then exit "$code"; fi
done
`
}

/** An argument for the shell. */
const quote = (text: string): string => (/^[\w./:=+,@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
