import type { Job } from './job.js'

/** Where the jobs of a table are run: one after another here, by the workers of a queue, as an array of a cluster's scheduler. */
export interface Executor {
  /**
   * Run these jobs, which are all pending and in an order in which they can be run, or hand them on. Each is one process (`jobCommand`),
   * which does its own locking, goes on where an earlier one stopped, and writes the result. Returns when there is nothing more to wait
   * for; a job that fails does not keep the others from running.
   * @returns the jobs that failed, as far as that is known
   */
  run(jobs: readonly Job[], context: ExecutorContext): Promise<readonly Job[]>
}

/** What an executor is given besides the jobs. */
export interface ExecutorContext {
  /** What starts ghostgrad on this machine: Node.js and the script. */
  program: readonly string[]
  /** Flags of `ghostgrad reproduce` for every job: folders, threads, … */
  flags: readonly string[]
  /** The user asked to stop. */
  signal: AbortSignal
  /** Something the user should know: one line. */
  onNote: (text: string) => void
}

/** What runs one job, by its id: a program and its arguments. */
export const jobCommand = ({ program, flags }: Pick<ExecutorContext, 'program' | 'flags'>, id: string): string[] => [
  ...program,
  'reproduce',
  ...flags,
  '--job',
  id,
]

/** How a process that was to run a job ended. */
export const jobExit = {
  done: 0,
  failed: 1,
  /** Another worker is at it. */
  busy: 75,
  /** It was told to stop, and saved. */
  interrupted: 130,
} as const
