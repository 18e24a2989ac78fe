import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { Job as Entry } from 'bullmq'
import { GhostgradError } from '../../../tensor/errors.js'
import { jobCommand, jobExit } from '../../executor.js'
import { runProcess } from '../process.js'
import { openRedis, queueName } from './redis.js'
import { taskSchema } from './task.js'

/**
 * A worker that gives no sign of life for `lockDuration` is taken for dead, and its job goes to another one, which looks every
 * `stalledInterval`. Nothing breaks if it lives after all: the run's lock keeps the other one away. Milliseconds.
 */
const lockDuration = 15_000
const stalledInterval = 5_000

/** A job that so many workers died of is given up. */
const maxStalledCount = 10

/** How long a stopped worker waits for Redis, which may be away, to take its job back; the job's lock runs out all the same. Milliseconds. */
const patience = 5_000

/** Milliseconds until a run that another process is at is looked at again. */
const busyDelay = 10_000

export interface WorkerOptions {
  redis: string
  /** What starts ghostgrad on this machine. */
  program: readonly string[]
  /** To stop: what is running is told to save, and goes back to the queue. */
  signal: AbortSignal
  onNote: (text: string) => void
}

/**
 * Take jobs from the queue, one at a time, and run each in a process of its own, until told to stop.
 * @throws GhostgradError if no Redis answers, or a job's folder is not to be found on this machine
 */
export async function runWorker({ redis, program, signal, onNote }: WorkerOptions): Promise<void> {
  const { bullmq, connection, where, close } = await openRedis(redis, onNote)
  const stop = new AbortController()
  const stopped = AbortSignal.any([signal, stop.signal])
  let problem: Error | null = null
  let child: Promise<unknown> = Promise.resolve()

  /** Back to the front of the queue, for another worker. */
  const putBack = async (entry: Entry, token?: string): Promise<never> => {
    await entry.moveToWait(token)
    throw new bullmq.WaitingError()
  }

  const run = async (entry: Entry, token?: string): Promise<void> => {
    const { id, cwd, flags } = taskSchema.parse(entry.data)
    if (!existsSync(cwd)) {
      problem = new GhostgradError(
        `${id}: there is no folder ${cwd} on this machine: workers need the file system of the command that filled the queue, at the same place`,
      )
      stop.abort()
    }
    if (stopped.aborted) return putBack(entry, token)
    onNote(`${id}: started`)
    const running = runProcess(jobCommand({ program, flags }, id), stopped, {
      cwd,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'], // by which the process sees it if this one dies
    })
    child = running
    const code = await running
    if (code === jobExit.done) return onNote(`${id}: done`)
    if (code === jobExit.interrupted) {
      onNote(`${id}: saved, and back in the queue`)
      return putBack(entry, token)
    }
    if (code === jobExit.busy) {
      onNote(`${id}: another process is at it; the queue comes back to it`)
      await entry.moveToDelayed(Date.now() + busyDelay, token)
      throw new bullmq.DelayedError()
    }
    const why = code === null ? 'it was killed; is there memory enough?' : `exit code ${code}`
    onNote(`${id}: failed (${why})`)
    throw new Error(`${why}; on ${hostname()}, where its output is`)
  }

  const worker = new bullmq.Worker(queueName, run, {
    ...{ connection, name: `${hostname()}, process ${process.pid}` },
    ...{ lockDuration, stalledInterval, maxStalledCount, removeOnComplete: { age: 86_400 } },
  })
  worker.on('stalled', (key) => onNote(`${key.split('/').at(-1)}: its worker is gone; it is in the queue again`))
  worker.on('error', (error) => {
    if (bullmq.isNotConnectionError(error)) onNote(`queue: ${error.message}`)
  })
  onNote(`waiting for jobs from ${where}; Ctrl-C saves and stops`)
  if (!stopped.aborted) await new Promise((resolve) => stopped.addEventListener('abort', resolve, { once: true }))
  const closed = worker.close() // takes no more jobs, and waits for the one it has
  await child
  await Promise.race([closed, setTimeout(patience)])
  close()
  if (problem) throw problem
}
