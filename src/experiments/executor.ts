import type { Job } from './job.js'

/** Where the jobs of a table are run: one after another here, by the workers of a queue, as an array of a cluster's scheduler. */
export interface Executor {
  /**
   * Run these jobs, which are all pending, or hand them on. Each is one process, `context.command(job)`, which does its own locking,
   * goes on where an earlier one stopped, and writes the result. Returns when there is nothing more to wait for; a job that fails does not
   * keep the others from running.
   * @returns the jobs that failed, as far as that is known
   */
  run(jobs: readonly Job[], context: ExecutorContext): Promise<readonly Job[]>
}

export interface ExecutorContext {
  /** What runs one job: a program and its arguments. */
  command: (job: Job) => readonly [program: string, ...args: string[]]
  /** The user asked to stop. */
  signal: AbortSignal
  /** Something the user should know: one line. */
  onNote: (text: string) => void
}

/** How a process that was to run a job ended. */
export const jobExit = {
  done: 0,
  failed: 1,
  /** Another worker is at it. */
  busy: 75,
  /** It was told to stop, and saved. */
  interrupted: 130,
} as const
