import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type ClientRequest, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { median } from '../../bench/measure.js'
import { main, stepOf } from '../training.js'

export interface LoadOutcome {
  clients: number
  /** Steps a second, medians of the windows. */
  alone: number
  watched: number
  /** Events that a client received in a window, on average. */
  events: number
}

const settings = [
  ...['train', '--model', 'resnet20', '--data', 'cifar10-sample', '--epochs', '10000', '--batch-size', '32'],
  ...['--threads', '1', '--log-every', '1'],
]

/** Training on one thread, with the dashboard unwatched and watched by many clients, in turns. */
export async function watchTraining(clients: number, windows: number, seconds: number): Promise<LoadOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-load-'))
  const run = join(folder, 'run')
  const training = spawn(process.execPath, [main, ...settings, '--out', run], { stdio: 'ignore' })
  const server = spawn(process.execPath, [main, 'serve', folder, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await addressOf(server)
    while (stepOf(run) < 20) await pause(100)
    const speeds: Record<'alone' | 'watched', number[]> = { alone: [], watched: [] }
    let received = 0
    for (let i = 0; i < windows; i++) {
      for (const way of i % 2 === 0 ? (['alone', 'watched'] as const) : (['watched', 'alone'] as const)) {
        const crowd = way === 'watched' ? Array.from({ length: clients }, () => listen(url, () => received++)) : []
        await pause(1000)
        speeds[way].push(await speedOf(run, seconds))
        for (const one of crowd) one.destroy()
        await pause(1000)
      }
    }
    const events = received / windows / clients
    return { clients, alone: median(speeds.alone), watched: median(speeds.watched), events }
  } finally {
    training.kill('SIGKILL')
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function addressOf(server: ChildProcess): Promise<string> {
  const [line] = await once(server.stdout!, 'data')
  return /http:\S+/.exec(String(line))![0]
}

function listen(url: string, onEvent: () => void): ClientRequest {
  const request = get(new URL('api/events', url), (response) => {
    response.on('data', (text) => {
      if (String(text).startsWith('event:')) onEvent()
    })
    response.on('error', () => {})
  })
  return request.on('error', () => {})
}

async function speedOf(run: string, seconds: number): Promise<number> {
  const [start, first] = [performance.now(), stepOf(run)]
  await pause(1000 * seconds)
  return (1000 * (stepOf(run) - first)) / (performance.now() - start)
}
