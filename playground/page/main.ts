/** The page: panels on one side, the worker that computes on the other. */
import type { Network, Reply, Request } from '../protocol.js'
import { CurvesPanel } from './curves.js'
import { byId } from './dom.js'
import { GraphPanel } from './graph.js'
import { GuessPanel } from './guess.js'
import { ImagesPanel } from './images.js'
import { MapsPanel } from './maps.js'
import { SettingsPanel } from './settings.js'
import { Speed } from './speed.js'

const worker = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module' })
const ask = (request: Request): void => worker.postMessage(request)

const toggle = byId<HTMLButtonElement>('toggle')
const reset = byId<HTMLButtonElement>('reset')
const one = byId<HTMLButtonElement>('one')
const status = byId('status')
const speed = new Speed()
let running = false
let classes: readonly string[] = []

const settings = new SettingsPanel(build, () => ask({ type: 'tune', settings: settings.settings }))
const curves = new CurvesPanel()
const images = new ImagesPanel(look, complain)
const guess = new GuessPanel()
const maps = new MapsPanel(look)
const graph = new GraphPanel((module) => ask({ type: 'draw', module }))

function say(message: string): void {
  status.textContent = message
  status.classList.remove('failed')
}

/** An error stays in sight, however far down the reader is. */
function complain(message: string): void {
  say(message)
  status.classList.add('failed')
}

function run(isWanted: boolean): void {
  running = isWanted
  ask({ type: 'run', running })
  nameToggle()
}

function nameToggle(): void {
  toggle.textContent = running ? 'Pause' : byId('step').textContent === '0' ? 'Start' : 'Go on'
}

function build(): void {
  ask({ type: 'build', settings: settings.settings })
}

/** A new network is there, and everything as at first. */
function begin(network: Network & { backend: string }): void {
  say(`Runs on ${network.backend}${crossOriginIsolated ? '' : '; this page is not isolated, so it may have no more'}`)
  curves.clear()
  speed.clear()
  showProgress(0, 0)
  nameToggle()
  settings.showCost(network)
  maps.offer(network)
  graph.offer(network)
}

function look(): void {
  if (images.chosen) ask({ type: 'look', image: images.chosen, layer: maps.layer })
}

function showProgress(epoch: number, step: number): void {
  byId('epoch').textContent = String(epoch)
  byId('step').textContent = String(step)
  byId('speed').textContent = speed.imagesPerSecond > 0 ? speed.imagesPerSecond.toFixed(0) : '–'
}

function handle(reply: Reply): void {
  switch (reply.type) {
    case 'ready':
      classes = reply.classes
      settings.offerThreads(reply.threads)
      images.showSamples(reply.samples, classes)
      toggle.disabled = one.disabled = reset.disabled = false
      build()
      break
    case 'network':
      begin(reply)
      break
    case 'step':
      speed.add(reply)
      curves.addStep(reply)
      showProgress(reply.epoch, reply.step)
      break
    case 'test':
      curves.addTest(reply)
      break
    case 'view':
      maps.show(reply)
      guess.show(reply.probabilities, classes)
      break
    case 'graph':
      graph.show(reply.explanation, reply.views)
      break
    case 'failed':
      run(false)
      complain(reply.message)
  }
}

toggle.addEventListener('click', () => run(!running))
one.addEventListener('click', () => {
  if (running) run(false)
  ask({ type: 'step' })
})
reset.addEventListener('click', () => {
  run(false)
  build()
})
worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => handle(data))
worker.addEventListener('error', ({ message }) => complain(`The worker failed: ${message || 'it could not be loaded'}`))
