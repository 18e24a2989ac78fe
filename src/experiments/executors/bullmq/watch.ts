import type { Queue, Job as QueueEntry } from 'bullmq'
import type { ExecutorContext } from '../../executor.js'
import { type Folders, jobResult } from '../../folders.js'
import { type Job, jobId, requirementsOf } from '../../job.js'
import { jobStatus } from '../../status.js'
import { type Task, taskKey } from './task.js'

/** How long a result may take from one machine to the other: network file systems remember for a while that a file is not there. Milliseconds. */
const resultDelay = 90_000

/** Where a job is. */
export interface Look {
  state: 'open' | 'done' | 'failed'
  /** For the user. */
  text: string
}

export const inQueue = 'in the queue'

/** Looks at the jobs of a call, and keeps in the queue what is to be run. */
export class Watch {
  readonly #queue: Queue<Task>
  readonly #folders: Folders
  readonly #flags: readonly string[]
  readonly #queued = new Set<string>()
  readonly #failed = new Set<string>()

  constructor(queue: Queue<Task>, folders: Folders, { flags }: Pick<ExecutorContext, 'flags'>) {
    this.#queue = queue
    this.#folders = folders
    this.#flags = flags
  }

  async look(job: Job): Promise<Look> {
    const look = jobResult(this.#folders, job) ? ({ state: 'done', text: 'done' } as const) : await this.#pending(job)
    if (look.state === 'failed') this.#failed.add(jobId(job))
    return look
  }

  async #pending(job: Job): Promise<Look> {
    const needed = requirementsOf(job).filter((other) => !jobResult(this.#folders, other))
    const failed = needed.find((other) => this.#failed.has(jobId(other)))
    if (failed) return { state: 'failed', text: `not run: it needs ${jobId(failed)}, which failed` }
    if (needed.length > 0) return { state: 'open', text: `waits for ${needed.map(jobId).join(', ')}` }
    const entry = await this.#entry(jobId(job))
    switch (entry && (await entry.getState())) {
      case 'failed':
        return { state: 'failed', text: `failed: ${entry!.failedReason}` }
      case 'completed':
        return this.#completed(entry!)
      case 'active':
        return { state: 'open', text: `${await this.#progress(job)}on ${entry!.processedBy ?? 'a worker'}` }
      default:
        return { state: 'open', text: inQueue }
    }
  }

  /** The job in the queue: put there if it is new, was there for an earlier call, or Redis lost it; then null. */
  async #entry(id: string): Promise<QueueEntry<Task> | null> {
    const key = taskKey(this.#folders, id)
    const entry = await this.#queue.getJob(key)
    const isLeftOver = !this.#queued.has(id) && ((await entry?.isCompleted()) || (await entry?.isFailed()))
    this.#queued.add(id)
    if (entry && !isLeftOver) return entry
    await entry?.remove()
    await this.#queue.add(id, { id, cwd: process.cwd(), flags: [...this.#flags] }, { jobId: key })
    return null
  }

  #completed({ finishedOn = 0, processedBy }: QueueEntry): Look {
    if (Date.now() - finishedOn < resultDelay) return { state: 'open', text: 'finished' }
    const { results } = this.#folders
    return {
      state: 'failed',
      text: `finished on ${processedBy}, but its result is not in ${results}: that has to be one folder for both machines`,
    }
  }

  async #progress(job: Job): Promise<string> {
    const { progress } = await jobStatus(this.#folders, job)
    if (!progress) return ''
    const accuracy = progress.accuracy === null ? '' : `, ${(100 * progress.accuracy).toFixed(2)} %`
    return `${Math.floor(progress.epochs)} of ${progress.ofEpochs} epochs${accuracy}, `
  }
}
