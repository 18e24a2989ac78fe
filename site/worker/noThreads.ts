const message = 'in a page, a DataLoader has no thread of its own: give it worker: false'

/** In place of Node's worker threads. */
export class Worker {
  constructor() {
    throw new Error(message)
  }
}

/** In place of the function that finds a thread's script. */
export function workerUrl(): never {
  throw new Error(message)
}
