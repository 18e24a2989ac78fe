import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { DataError } from '../../tensor/errors.js'
import { workerUrl } from '../../workerUrl.js'
import type { AnswerMessage, Job, JobMessage } from './job.js'

/** Jobs that may wait; more are refused. */
const maxWaiting = 20

/** Answers that are kept. */
const maxKept = 100

/** Milliseconds that a job may take, and that the process waits for another before it ends. */
const timeLimit = 10 * 60_000
const idleLimit = 60_000

/** There is too much to do already. */
export class BusyError extends Error {}

interface Waiting {
  message: JobMessage
  resolve: (json: string) => void
  reject: (error: Error) => void
}

/**
 * Answers questions about weights by a process of its own, one after the other. The same question about the same weights is
 * computed once, however many ask it.
 */
export class Analyst {
  readonly #answers = new Map<string, Promise<string>>()
  readonly #waiting: Waiting[] = []
  #current: Waiting | null = null
  #child: ChildProcess | null = null
  #timer: NodeJS.Timeout | null = null
  #nextId = 0

  /**
   * @param weights what changes with the run's weights
   * @returns the answer as JSON
   * @throws BusyError if too many jobs wait; DataError with the reason if it cannot be answered
   */
  ask(job: Job, weights: string): Promise<string> {
    const key = JSON.stringify([weights, job])
    const known = this.#answers.get(key)
    if (known) return known
    if (this.#waiting.length >= maxWaiting) throw new BusyError('too many questions are waiting: try again later')
    const answer = new Promise<string>((resolve, reject) => {
      this.#waiting.push({ message: { id: this.#nextId++, job }, resolve, reject })
    })
    this.#answers.set(key, answer)
    answer.catch(() => this.#answers.delete(key))
    if (this.#answers.size > maxKept) this.#answers.delete(this.#answers.keys().next().value!)
    this.#startNext()
    return answer
  }

  close(): void {
    this.#end('the server ends')
  }

  #startNext(): void {
    if (this.#current) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#current = this.#waiting.shift() ?? null
    if (!this.#child && !this.#current) return
    const isIdle = this.#current === null
    this.#timer = setTimeout(() => this.#end('it took too long'), isIdle ? idleLimit : timeLimit).unref()
    if (this.#current) this.#process().send(this.#current.message)
  }

  #process(): ChildProcess {
    if (this.#child) return this.#child
    const child = fork(fileURLToPath(workerUrl(import.meta.url, 'child')), {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.on('message', (message: AnswerMessage) => this.#take(message))
    child.on('error', (error) => this.#lost(child, error.message))
    child.on('exit', (code, signal) => this.#lost(child, `the process that computes it ended (${signal ?? code})`))
    child.unref()
    child.channel?.unref()
    this.#child = child
    return child
  }

  #take(message: AnswerMessage): void {
    const job = this.#current
    if (job?.message.id !== message.id) return
    this.#current = null
    if ('json' in message) job.resolve(message.json)
    else job.reject(new DataError(message.error))
    this.#startNext()
  }

  #end(reason: string): void {
    const child = this.#child
    child?.kill('SIGKILL')
    if (child) this.#lost(child, reason)
  }

  /** The process is gone, and with it the job that it was at. */
  #lost(child: ChildProcess, reason: string): void {
    if (this.#child !== child) return
    this.#child = null
    const job = this.#current
    this.#current = null
    job?.reject(new DataError(reason))
    this.#startNext()
  }
}
