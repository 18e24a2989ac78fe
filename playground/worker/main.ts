/** The page's worker: everything that computes. */
import '../../src/setup.js'
import { setBackend } from '../../src/tensor/backend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import type { Reply, Request } from '../protocol.js'
import { loadSample, oneOfEach } from './sample.js'
import { Session } from './session.js'

/** Between two looks at the image while the network learns, in milliseconds. */
const lookEvery = 350

const reply = (message: Reply): void => self.postMessage(message)
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

const backend = await WasmBackend.load()
setBackend(backend)
const [train, test] = await Promise.all([loadSample('train'), loadSample('test')])

let session: Session | null = null
let running = false
let lookedAt: { image: Uint8Array; layer: string } | null = null

function look(): void {
  if (session && lookedAt) reply({ type: 'view', ...session.look(lookedAt.image, lookedAt.layer) })
}

async function learn(): Promise<void> {
  let lastLook = performance.now()
  let epoch = 0
  while (running && session) {
    const step = session.step()
    reply({ type: 'step', ...step })
    if (step.epoch !== epoch) reply({ type: 'test', ...session.test() })
    epoch = step.epoch
    if (performance.now() - lastLook > lookEvery) {
      look()
      lastLook = performance.now()
    }
    await turn() // the page's messages come in
  }
}

function handle(request: Request): void {
  switch (request.type) {
    case 'build':
      session = new Session({ train, test }, request.settings)
      reply({ type: 'network', ...session.network })
      reply({ type: 'test', ...session.test() })
      return look()
    case 'tune':
      return session?.tune(request.settings)
    case 'run':
      if (request.running && !running) queueMicrotask(() => void guarded(learn))
      running = request.running
      return
    case 'look':
      lookedAt = request
      return look()
    case 'draw':
      if (session) reply({ type: 'graph', svg: session.draw(request.module) })
  }
}

async function guarded(work: () => void | Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    running = false
    reply({ type: 'failed', message: (error as Error).message })
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => void guarded(() => handle(data)))
const { description, runtime } = backend
reply({ type: 'ready', backend: description, threads: runtime.threads, classes: test.classes, samples: oneOfEach(test) })
