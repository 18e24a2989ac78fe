import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { Executor, ExecutorContext } from '../../executor.js'
import type { Folders } from '../../folders.js'
import { type Job, jobId } from '../../job.js'
import { openRedis, queueName } from './redis.js'
import type { Task } from './task.js'
import { inQueue, Watch } from './watch.js'

/** Milliseconds between two looks at the queue. */
const lookEvery = 1_000

/**
 * Jobs in a queue in Redis (BullMQ), for the workers that `ghostgrad worker` starts on any machine with the same file system. A job is in
 * the queue once, so that a second call joins the first. Waits until all are done or failed; a call that is stopped before, or killed, leaves
 * the queue as it is.
 */
export const bullmqExecutor = (redis: string, folders: Folders): Executor => ({
  async run(jobs, context) {
    const { bullmq, connection, where, close } = await openRedis(redis, context.onNote)
    const queue = new bullmq.Queue<Task>(queueName, { connection })
    queue.on('error', () => {}) // `openRedis` tells of it
    const noteWorkers = async (): Promise<void> => {
      if ((await queue.getWorkersCount()) > 0) return
      context.onNote(`no worker yet: start some, on this machine or others, with npx ghostgrad worker --redis ${where}`)
    }
    const failed: Job[] = []
    try {
      const done = followAll(jobs, failed, new Watch(queue, folders, context), context, noteWorkers)
      await Promise.race([done, once(context.signal, 'abort')])
    } finally {
      close()
    }
    if (context.signal.aborted) context.onNote('no longer waiting: the workers go on, and the same command waits again')
    return failed
  },
})

/** @param failed receives the jobs that fail */
async function followAll(
  jobs: readonly Job[],
  failed: Job[],
  watch: Watch,
  { signal, onNote }: ExecutorContext,
  afterFirst: () => Promise<void>,
): Promise<void> {
  const open = new Set(jobs)
  const said = new Map<Job, string>()
  for (let isFirst = true; open.size > 0 && !signal.aborted; isFirst = false) {
    if (!isFirst) await setTimeout(lookEvery)
    for (const job of open) {
      const { state, text } = await watch.look(job)
      if (state !== 'open') open.delete(job)
      if (state === 'failed') failed.push(job)
      if (text !== (said.get(job) ?? inQueue)) {
        const total = state === 'open' ? '' : ` (${jobs.length - open.size} of ${jobs.length})`
        onNote(`${jobId(job)}: ${text}${total}`)
      }
      said.set(job, text)
    }
    if (isFirst) await afterFirst()
  }
}
