/** The playground in a browser. It needs Chromium; `.ci/run` installs it and says where it is. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Reply, Settings, Step } from '../../playground/protocol.js'
import { Session } from '../../playground/worker/session.js'
import { serve } from '../../scripts/servePlayground.mjs'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import { packageRoot } from '../../src/packageRoot.js'
import { setBackend } from '../../src/tensor/backend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update']

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

/** Other programs may have the processor. */
const soon = { timeout: 100_000, interval: 100 }

/** Where CHROMIUM is set, it has to work. */
describe.skipIf(process.env.CHROMIUM === undefined && !existsSync(executablePath))('the playground', () => {
  const problems: string[] = []
  let browser: Browser
  const outDir = mkdtempSync(join(tmpdir(), 'ghostgrad-playground-'))
  const built = pathToFileURL(`${outDir}/`)

  beforeAll(async () => {
    await build({
      root: new URL('playground', packageRoot).pathname,
      logLevel: 'error',
      build: { outDir, emptyOutDir: true },
    })
    browser = await chromium.launch({ executablePath, args })
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(outDir, { recursive: true })
  })

  async function opened(isolated: boolean, use: (page: Page) => Promise<void>): Promise<void> {
    const { url, close } = await serve(built, { isolated })
    const page = await browser.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => problems.push(message.text()))
    page.on('requestfailed', (request) => problems.push(request.url()))
    try {
      await page.goto(url)
      await page.locator('#toggle:enabled').waitFor()
      await use(page)
    } finally {
      await page.close()
      close()
    }
  }

  const number = async (page: Page, id: string): Promise<number> => Number(await page.locator(id).textContent())
  const trainingLoss = async (page: Page): Promise<number> =>
    Number(/training (\S+),/.exec((await page.locator('#loss').getAttribute('aria-label')) ?? '')?.[1])
  const pictures = (page: Page): Promise<string> =>
    page.locator('#maps canvas').evaluateAll((all) => all.map((one) => (one as HTMLCanvasElement).toDataURL()).join())
  const legends = (page: Page): Promise<string[]> => page.locator('#maps legend').allTextContents()

  /** @param loss smoothed; guessing has ln 10 = 2.303 */
  async function learn(page: Page, loss: number): Promise<void> {
    await expect.poll(() => pictures(page), soon).not.toBe('')
    const before = await pictures(page)
    await page.click('#toggle')
    await expect.poll(() => trainingLoss(page), soon).toBeLessThan(loss)
    expect(await pictures(page)).not.toBe(before)
  }

  test('learns in one thread where the page is not isolated, and shows its speed', async () => {
    await opened(false, async (page) => {
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false)
      await expect.poll(() => page.locator('#status').textContent(), soon).toContain('1 thread;')
      await learn(page, 2.2)
      expect(await number(page, '#speed')).toBeGreaterThan(0)
      await page.click('#toggle')
      const step = await number(page, '#step')
      expect(await page.locator('#toggle').textContent()).toBe('Go on')
      await page.waitForTimeout(300)
      expect((await number(page, '#step')) - step).toBeLessThanOrEqual(1)
    })
  })

  test('learns in threads where it is, and draws a step', async () => {
    await opened(true, async (page) => {
      const cores = await page.evaluate(() => navigator.hardwareConcurrency)
      await expect.poll(() => page.locator('#status').textContent(), soon).toMatch(new RegExp(`, ${cores} threads?$`))
      await learn(page, 2.28)
      await page.click('#toggle')
      await page.selectOption('#part', 'layer2.0')
      await page.click('#draw')
      const graph = page.locator('#graph svg')
      await graph.waitFor()
      expect(await graph.locator('.box.weighted').allTextContents()).toContainEqual(
        expect.stringMatching(/conv2d.*conv1\.cheap_operation\.0\.weight/),
      )
      await page.selectOption('[name=threads]', '1')
      await expect.poll(() => page.locator('#status').textContent(), soon).toMatch(/, 1 thread$/)
    })
  })

  test('takes the same steps as Node.js does, to the bit', async () => {
    const settings: Settings = { s: 3, d: 5, lr: 0.1, batchSize: 16, threads: 1 }
    await opened(false, async (page) => {
      const there = await page.evaluate(firstSteps, { url: page.workers()[0]!.url(), settings })
      // A browser has no wide vectors.
      setBackend(new WasmBackend({ threads: 1, variant: 'relaxed' }))
      const here = new Session(await loadCifar10Sample(), settings)
      expect(there).toEqual([1, 2, 3, 4].map(() => here.step().loss))
    })
  })

  test('takes an image that is dropped for one class or another, and refuses what is no image', async () => {
    await opened(false, async (page) => {
      await page.locator('#guess li').nth(4).filter({ hasText: '%' }).waitFor()
      const before = await pictures(page)
      await drop(page, 'disc.png')
      await expect.poll(() => pictures(page), soon).not.toBe(before)
      const percents = (await page.locator('#guess li > :last-child').allTextContents()).map(Number.parseFloat)
      expect(percents).toHaveLength(5)
      expect(percents).toEqual(percents.toSorted((a, b) => b - a))
      expect(percents[0]).toBeGreaterThan(10)
      await drop(page, 'words.txt')
      await expect.poll(() => page.locator('#status').textContent(), soon).toContain('words.txt: not an image')
    })
  })

  test('another s or d is another network', async () => {
    await opened(false, async (page) => {
      await expect
        .poll(() => legends(page), soon)
        .toEqual([expect.stringContaining('8 intrinsic'), expect.stringMatching(/^8 ghosts.*3 × 3/)])
      const cost = await page.locator('#cost').textContent()
      await page.click('#toggle')
      await expect.poll(() => number(page, '#step'), soon).toBeGreaterThan(3)
      await page.click('#toggle')
      await page.selectOption('[name=s]', '4')
      await page.selectOption('[name=d]', '5')
      await expect
        .poll(() => legends(page), soon)
        .toEqual([expect.stringContaining('4 intrinsic'), expect.stringMatching(/^12 ghosts.*5 × 5/)])
      expect(await page.locator('#cost').textContent()).not.toBe(cost)
      expect(await number(page, '#step')).toBe(0)
    })
  })

  test('without a word on the console, and without a request that failed', () => {
    expect(problems).toEqual([])
  })
})

/** In the page: the losses of four steps in a worker of its own. */
async function firstSteps({ url, settings }: { url: string; settings: Settings }): Promise<number[]> {
  const worker = new Worker(url, { type: 'module' })
  const steps: Step[] = []
  await new Promise<void>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      if (data.type === 'ready') {
        worker.postMessage({ type: 'build', settings })
        worker.postMessage({ type: 'run', running: true })
      }
      if (data.type === 'step') steps.push(data)
      if (steps.length === 4) resolve()
    })
  })
  worker.terminate()
  return steps.map(({ loss }) => loss)
}

/** Drop a file on the page: a disc as PNG, or a few words. */
async function drop(page: Page, name: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(async (name) => {
    const canvas = new OffscreenCanvas(90, 60)
    const context = canvas.getContext('2d')!
    context.fillStyle = 'orange'
    context.arc(45, 30, 20, 0, 2 * Math.PI)
    context.fill()
    const content = name.endsWith('.png') ? await canvas.convertToBlob() : 'words'
    const transfer = new DataTransfer()
    transfer.items.add(new File([content], name))
    return transfer
  }, name)
  await page.dispatchEvent('#drop', 'drop', { dataTransfer })
}
