import { withBase } from 'vitepress'
import type { Reply, Request, Task } from '../worker/protocol.js'

/** Told what comes of a task until it is done. */
export type OnReply = (reply: Reply) => void

interface Pending {
  onReply: OnReply
  resolve: () => void
}

/** The page's end of the worker in which everything is computed. It is started by the first task. */
class Engine {
  #worker: Worker | null = null
  #pending = new Map<number, Pending>()
  #next = 1

  /** Resolves when the task is done, or was stopped. */
  perform(task: Task, onReply: OnReply): Promise<void> {
    this.#worker ??= this.#start()
    const id = this.#next++
    return new Promise((resolve) => {
      this.#pending.set(id, { onReply, resolve })
      this.#worker!.postMessage({ ...task, id } satisfies Request)
    })
  }

  /** End whatever runs. */
  stop(): void {
    this.#worker?.terminate()
    this.#worker = null
    for (const { resolve } of this.#pending.values()) resolve()
    this.#pending.clear()
  }

  #start(): Worker {
    const worker = new Worker(withBase('/engine/worker.js'), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      const pending = this.#pending.get(data.id)
      if (!pending) return
      pending.onReply(data)
      if (data.type !== 'done') return
      this.#pending.delete(data.id)
      pending.resolve()
    })
    worker.addEventListener('error', ({ message }) => {
      for (const [id, { onReply }] of this.#pending) {
        onReply({
          id,
          type: 'failed',
          failure: { message: `the engine stopped: ${message}`, snippet: null, line: null },
        })
      }
      this.stop()
    })
    return worker
  }
}

/** For snippets and exercises. */
export const engine = new Engine()

/** For pictures, which may move while a snippet runs. */
export const pictureEngine = new Engine()
