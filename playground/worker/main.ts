/** The page's worker: everything that computes. */
import '../../src/setup.js'
import { setBackend } from '../../src/tensor/backend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import type { Reply, Request, Settings } from '../protocol.js'
import { loadSample, oneOfEach } from './sample.js'
import { Session } from './session.js'

/** Between two looks at the image while the network learns, in milliseconds. */
const lookEvery = 350

const reply = (message: Reply): void => self.postMessage(message)
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

let backend = await WasmBackend.load()
setBackend(backend)
const [train, test] = await Promise.all([loadSample('train'), loadSample('test')])

let session: Session | null = null
let running = false
let lookedAt: { image: Uint8Array; layer: string } | null = null
let lastLook = 0

async function build(settings: Settings): Promise<void> {
  session = null
  if (settings.threads !== backend.runtime.threads) {
    await backend.close()
    backend = await WasmBackend.load({ threads: settings.threads })
    setBackend(backend)
  }
  session = new Session({ train, test }, settings)
  reply({ type: 'network', backend: backend.description, ...session.network })
  look()
}

function look(): void {
  if (session && lookedAt) reply({ type: 'view', ...session.look(lookedAt.image, lookedAt.layer) })
  lastLook = performance.now()
}

async function learn(): Promise<void> {
  while (running) {
    if (session) learnOnce(session)
    await turn() // the page's messages come in
  }
}

/** @param patience milliseconds between two looks at the image */
function learnOnce(learner: Session, patience = lookEvery): void {
  const step = learner.step()
  reply({ type: 'step', ...step })
  if (step.endsEpoch) reply({ type: 'test', ...learner.test() })
  if (performance.now() - lastLook >= patience) look()
}

async function handle(request: Request): Promise<void> {
  switch (request.type) {
    case 'build':
      await build(request.settings)
      break
    case 'tune':
      session?.tune(request.settings)
      break
    case 'run': {
      const starts = request.running && !running
      running = request.running
      if (starts) await learn()
      break
    }
    case 'step':
      if (session) learnOnce(session, 0)
      break
    case 'look':
      lookedAt = request
      look()
      break
    case 'draw':
      if (session) reply({ type: 'graph', ...session.draw(request.module) })
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  handle(data).catch((error: Error) => {
    running = false
    reply({ type: 'failed', message: error.message })
  })
})
reply({ type: 'ready', threads: backend.runtime.threads, classes: test.classes, samples: oneOfEach(test) })
