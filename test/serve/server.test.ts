import { appendFileSync, copyFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { Curves } from '../../src/serve/watchedRun.js'
import { temporaryFolders } from '../train/support.js'
import { addSteps, ask, fakeRun, listenTo, servers, stepLine } from './support.js'

const newFolder = temporaryFolders()
const start = servers()
const soon = { timeout: 10_000, interval: 50 }

/** Start counting the processor time of this process. @returns a function that says how much there was since, seconds */
function cpuSeconds(): () => number {
  const start = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  }
}

const csv = 'epoch,step,trainLoss,trainAccuracy,testLoss,testAccuracy,imagesPerSecond,lr,seconds\n'

describe('the list of runs', () => {
  it('holds every run below the folder, with what its logs say', async () => {
    const root = newFolder()
    const first = fakeRun(root, 'first')
    fakeRun(root, 'deep/er/<b>second</b>', { epochs: 1 })
    writeFileSync(
      join(first, 'metrics.csv'),
      `${csv}1,7,2.1,0.2,1.9,0.4,100,0.1,3\n2,14,1.8,0.3,1.7,0.3,100,0.1,3\n3,21,1`,
    )
    const port = await start(root)
    const { runs } = JSON.parse((await ask(port, '/api/runs')).text)
    expect(runs.map(({ id }: { id: string }) => id).sort()).toEqual(['deep/er/<b>second</b>', 'first'])
    const listed = runs.find(({ id }: { id: string }) => id === 'first')
    expect(listed).toMatchObject({ model: 'resnet20', state: 'running', epochs: 2, ofEpochs: 4, weights: null })
    expect(listed).toMatchObject({ accuracy: 0.3, bestAccuracy: 0.4, testLoss: 1.7 })
    const { config } = JSON.parse((await ask(port, '/api/run?run=first')).text)
    expect(config).toMatchObject({ data: 'cifar10-sample', epochs: 4 })
  })

  it('takes the folder of a run for that run', async () => {
    const root = newFolder()
    const port = await start(fakeRun(root, 'alone'))
    expect(JSON.parse((await ask(port, '/api/runs')).text).runs).toMatchObject([{ id: 'alone' }])
  })
})

describe('curves', () => {
  it('come whole, and then as they grow; after the logs were cut back anew', async () => {
    const root = newFolder()
    const run = fakeRun(root, 'run')
    addSteps(run, 1, 20)
    const port = await start(root)
    const whole: Curves = JSON.parse((await ask(port, '/api/curves?run=run')).text)
    expect(whole).toMatchObject({ run: 'run', generation: 0, logged: 20, stride: 1 })
    expect(whole.steps.loss[3]).toBe(0.5)

    const { events, close } = await listenTo(port)
    const curves = () => events.filter(({ event }) => event === 'curves').map(({ data }) => data as unknown as Curves)
    addSteps(run, 21, 23)
    appendFileSync(join(run, 'steps.jsonl'), stepLine(24).slice(0, 20))
    await vi.waitFor(() => expect(curves()).toHaveLength(1), soon)
    expect(curves()[0]).toMatchObject({ logged: 23, stride: 1, generation: 0 })
    expect(curves()[0]!.steps).toMatchObject({ from: 20, step: [21, 22, 23] })

    // A run that is resumed cuts its log back and writes on.
    truncateSync(join(run, 'steps.jsonl'), Buffer.byteLength([1, 2, 3, 4, 5].map((n) => stepLine(n)).join('')))
    appendFileSync(join(run, 'steps.jsonl'), stepLine(6, 9))
    await vi.waitFor(() => expect(curves()).toHaveLength(2), soon)
    expect(curves()[1]).toMatchObject({ logged: 6, generation: 1 })
    expect(curves()[1]!.steps).toMatchObject({ from: 0, step: [1, 2, 3, 4, 5, 6] })
    expect(curves()[1]!.steps.loss[5]).toBe(9)

    rmSync(run, { recursive: true })
    await vi.waitFor(() => expect(events.at(-1)!.data).toEqual({ changed: [], removed: ['run'] }), soon)
    close()
  })

  it('of ten runs of 100,000 steps are there after seconds of processor time, small, and grow by a few points', async () => {
    const root = newFolder()
    const folders = Array.from({ length: 10 }, (_, i) => fakeRun(root, `run${i}`))
    addSteps(folders[0]!, 1, 100_000)
    for (const folder of folders.slice(1)) copyFileSync(join(folders[0]!, 'steps.jsonl'), join(folder, 'steps.jsonl'))
    const port = await start(root)
    const seconds = cpuSeconds()
    await ask(port, '/api/runs')
    expect(seconds()).toBeLessThan(2)
    const first = await ask(port, '/api/curves?run=run0')
    expect(seconds()).toBeLessThan(10)
    const all = await Promise.all(folders.map((_, i) => ask(port, `/api/curves?run=run${i}`)))
    const everything = seconds()
    expect(everything).toBeLessThan(40)
    expect(all.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(1_000_000)
    const { logged, stride, steps } = JSON.parse(first.text) as Curves
    expect([logged, stride, steps.step.length, steps.step.at(-1)]).toEqual([100_000, 128, 782, 100_000])

    const again = cpuSeconds()
    await Promise.all(folders.map((_, i) => ask(port, `/api/curves?run=run${i}`)))
    expect(again()).toBeLessThan(everything / 3) // nothing is read anew

    const { events, close } = await listenTo(port)
    addSteps(folders[3]!, 100_001, 100_100)
    await vi.waitFor(() => expect(events.some(({ event }) => event === 'curves')).toBe(true), soon)
    const { data } = events.find(({ event }) => event === 'curves')!
    expect(data).toMatchObject({ run: 'run3', logged: 100_100, steps: { from: 781 } })
    expect(JSON.stringify(data).length).toBeLessThan(1000)
    close()
  }, 120_000)
})

describe('many readers', () => {
  it('get the same events from one look at the files; more than 500 are refused', async () => {
    const root = newFolder()
    const run = fakeRun(root, 'run')
    addSteps(run, 1, 5)
    const port = await start(root)
    await ask(port, '/api/curves?run=run')
    const readers = await Promise.all(Array.from({ length: 500 }, () => listenTo(port)))
    expect((await ask(port, '/api/events')).status).toBe(503)
    addSteps(run, 6, 8)
    await vi.waitFor(
      () => expect(readers.every(({ events }) => events.some(({ event }) => event === 'curves'))).toBe(true),
      soon,
    )
    for (const { events } of readers) expect(events.filter(({ event }) => event === 'curves')).toHaveLength(1)
    for (const reader of readers) reader.close()
    await vi.waitFor(async () => (await listenTo(port)).close(), soon)
  })
})

describe('requests that are refused', () => {
  const status = async (port: number, path: string, headers: Record<string, string>) =>
    (await ask(port, path, { headers })).status

  it('for another Host: a name that somebody else has made to lead here', async () => {
    const port = await start(newFolder())
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1:9999', '[::1]:80', 'LOCALHOST']) {
      expect(await status(port, '/api/runs', { host }), host).toBe(200)
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '10.0.0.1',
      'localhost@evil',
      'a b',
    ]) {
      expect(await status(port, '/', { host }), host).toBe(403)
      expect(await status(port, '/api/events', { host }), host).toBe(403)
    }
  })

  it('on an open address for names, not for addresses', async () => {
    const port = await start(newFolder(), '0.0.0.0')
    expect(await status(port, '/api/runs', { host: '10.0.0.1:80' })).toBe(200)
    expect(await status(port, '/api/runs', { host: 'evil.example' })).toBe(403)
  })

  it('from another page', async () => {
    const port = await start(newFolder())
    const host = `localhost:${port}`
    expect(await status(port, '/api/runs', { host, origin: `http://${host}` })).toBe(200)
    for (const origin of ['http://evil.example', 'null', 'http://localhost:1', `https://${host}`]) {
      expect(await status(port, '/api/runs', { host, origin }), origin).toBe(403)
    }
    expect(await status(port, '/api/runs', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(
      403,
    )
    expect(await status(port, '/', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200)
  })

  it('for files and runs that are not on the list, whatever the path', async () => {
    const root = newFolder()
    fakeRun(root, 'run')
    const port = await start(join(root))
    const up = [
      '/../package.json',
      '/%2e%2e/package.json',
      '/..%2f..%2fpackage.json',
      '//etc/passwd',
      '/\\..\\x',
      '/main.js/../../x',
      '/api/../x',
      '/api/constructor',
      '/api/__proto__',
      '/%00',
      '/run/config.yaml',
    ]
    for (const path of up) expect((await ask(port, path)).status, path).toBe(404)
    for (const run of ['..', '../x', '/etc', 'run/..', './run', 'run%00', '%2e%2e']) {
      expect((await ask(port, `/api/run?run=${run}`)).status, run).toBe(404)
    }
    expect((await ask(port, '/api/run')).status).toBe(400)
    expect((await ask(port, '/api/evaluation?run=run')).text).toContain('no weights yet')
  })

  it('with a body, with another method, or too long', async () => {
    const port = await start(newFolder())
    expect((await ask(port, '/', { method: 'POST', body: 'x' })).status).toBe(405)
    expect((await ask(port, '/', { method: 'DELETE' })).status).toBe(405)
    expect((await ask(port, '/', { headers: { 'content-length': '5' }, body: 'aaaaa' })).status).toBe(413)
    expect((await ask(port, `/?${'x'.repeat(20_000)}`)).status).toBe(431)
    expect(await ask(port, '/main.js', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
  })

  it('that come too slowly', async () => {
    const port = await start(newFolder())
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-A'))
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
    })
    expect(answer).toMatch(/^HTTP\/1.1 408/)
  }, 15_000)

  it('and all answers keep the page to itself', async () => {
    const port = await start(newFolder())
    for (const path of ['/', '/main.js', '/api/runs', '/nothing']) {
      const { headers } = await ask(port, path)
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })
})
