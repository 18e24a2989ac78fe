import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { DashboardServer } from '../../src/serve/server.js'

/** A function that starts a server on a folder of runs; it ends with the test. */
export function servers(): (root: string, host?: string) => Promise<number> {
  const started: DashboardServer[] = []
  afterEach(() => Promise.all(started.splice(0).map((server) => server.close())))
  return (root, host = '127.0.0.1') => {
    started.push(new DashboardServer({ root, host, port: 0 }))
    return started.at(-1)!.listen()
  }
}

/** The folder of a run without weights, as `ghostgrad train` begins it. */
export function fakeRun(root: string, name: string, config: object = {}): string {
  const folder = join(root, name)
  mkdirSync(folder, { recursive: true })
  const settings = { model: 'resnet20', data: 'cifar10-sample', epochs: 4, ...config }
  writeFileSync(join(folder, 'config.yaml'), `# Run by ghostgrad 0.1.0. Again: …\n${JSON.stringify(settings)}\n`)
  return folder
}

export const stepLine = (step: number, loss = 2 / step) =>
  `${JSON.stringify({ event: 'step', step, loss, lr: 0.1, accuracy: 0.5, imagesPerSecond: 100.5, epoch: 1 })}\n`

export function addSteps(folder: string, from: number, to: number): void {
  let text = ''
  for (let step = from; step <= to; step++) text += stepLine(step)
  appendFileSync(join(folder, 'steps.jsonl'), text)
}

export interface Answer {
  status: number
  headers: Record<string, unknown>
  text: string
}

/** A request with whatever headers and path, as `fetch` would not send them. */
export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {} as Record<string, string>, body = '' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Listen to the server's events. @returns, once it is connected, what has come and how to end it */
export function listenTo(port: number) {
  const events: { event: string; data: Record<string, unknown> }[] = []
  let pending = ''
  const take = (chunk: string) => {
    const blocks = (pending + chunk).split('\n\n')
    pending = blocks.pop()!
    for (const block of blocks) {
      const match = /^event: (.*)\ndata: (.*)$/.exec(block)
      if (match) events.push({ event: match[1]!, data: JSON.parse(match[2]!) })
    }
  }
  return new Promise<{ events: typeof events; close: () => void }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/api/events', agent: false }, (response) => {
      response
        .setEncoding('utf8')
        .on('data', take)
        .on('error', () => {})
      resolve({ events, close: () => sent.destroy() })
    })
    sent.on('error', reject).end()
  })
}
