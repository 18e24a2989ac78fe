/** The worker of a page: everything that computes, one task after another. It listens before it has loaded the kernels. */
import type { Request } from './protocol.js'

const loaded = import('./perform.js')
let last: Promise<void> = Promise.resolve()

self.addEventListener('message', ({ data: { id, ...task } }: MessageEvent<Request>) => {
  last = last.then(async () => {
    const start = performance.now()
    try {
      const { perform } = await loaded
      await perform(task, (answer) => self.postMessage({ ...answer, id }))
    } catch (error) {
      self.postMessage({ id, type: 'failed', failure: { message: `${error}`, snippet: null, line: null } })
    }
    self.postMessage({ id, type: 'done', milliseconds: performance.now() - start })
  })
})
