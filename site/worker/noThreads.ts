/** In place of Node's worker threads. */
export class Worker {
  constructor() {
    throw new Error('in a page, a DataLoader has no thread of its own: give it worker: false')
  }
}
