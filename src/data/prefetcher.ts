import { Worker } from 'node:worker_threads'
import { GhostgradError } from '../tensor/errors.js'
import { workerUrl } from '../workerUrl.js'
import type { BatchPlan, Slot } from './batch.js'
import type { ImageDataset } from './dataset.js'
import type { LoaderReply, LoaderRequest } from './loaderWorker.js'

type Pending = { resolve: (count: number) => void; reject: (error: Error) => void }

/** The loader's end of the worker thread: starts it at the first request, and again after it was closed or failed. */
export class Prefetcher {
  readonly #dataset: ImageDataset
  readonly #plan: BatchPlan
  readonly #pending = new Map<number, Pending>()
  #worker: Worker | null = null
  #nextId = 0
  #waiting = 0

  constructor(dataset: ImageDataset, plan: BatchPlan) {
    this.#dataset = dataset
    this.#plan = plan
  }

  /** Have one batch written to the slot. The promise may be dropped: a failure nobody waits for is not an unhandled one. */
  request(epoch: number, step: number, slot: Slot): Promise<number> {
    this.#worker ??= this.#start()
    const id = this.#nextId++
    const count = new Promise<number>((resolve, reject) => this.#pending.set(id, { resolve, reject }))
    count.catch(() => {})
    this.#worker.postMessage({ id, epoch, step, slot } satisfies LoaderRequest)
    return count
  }

  /** Await a request. Only meanwhile does the worker keep the process alive. */
  async wait(count: Promise<number>): Promise<number> {
    if (this.#waiting++ === 0) this.#worker?.ref()
    try {
      return await count
    } finally {
      if (--this.#waiting === 0) this.#worker?.unref()
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(workerUrl(import.meta.url, 'loaderWorker'), {
      workerData: { dataset: this.#dataset, plan: this.#plan },
      execArgv: [], // flags such as --input-type, which come with `node -e`, are not for a worker's file
    })
    worker.unref()
    worker.on('message', ({ id, count }: LoaderReply) => {
      this.#pending.get(id)?.resolve(count)
      this.#pending.delete(id)
    })
    worker.on('error', (error: Error) => {
      this.#fail(worker, new GhostgradError(`the data loader's worker failed: ${error.message}`, { cause: error }))
    })
    worker.on('exit', () => this.#fail(worker, new GhostgradError('the data loader was closed')))
    return worker
  }

  /** Forget a worker that is gone, and whoever waits for it learns why. */
  #fail(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return
    this.#worker = null
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }
}
