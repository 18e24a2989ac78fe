import type { Executor } from '../executor.js'
import type { Folders } from '../folders.js'
import type { SlurmOptions } from './slurm/executor.js'

/** Settings of all executors; each takes its own. */
export interface ExecutorOptions {
  folders: Folders
  /** URL of the queue's Redis. */
  redis: string
  slurm: SlurmOptions
}

/** Executors by the names that `reproduce --executor` takes; each is loaded when it is asked for, with what it needs. */
export const executors: Readonly<Record<string, (options: ExecutorOptions) => Promise<Executor>>> = {
  local: async () => (await import('./local.js')).localExecutor,
  bullmq: async ({ redis, folders }) => (await import('./bullmq/executor.js')).bullmqExecutor(redis, folders),
  slurm: async ({ slurm, folders }) => (await import('./slurm/executor.js')).slurmExecutor(slurm, folders),
}
