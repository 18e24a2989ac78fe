/** The page of `ghostgrad serve` in a browser, while a run trains. It needs Chromium; `.ci/run` installs it and says where it is. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DashboardServer } from '../../src/serve/server.js'
import { addSteps, fakeRun } from '../serve/support.js'
import { temporaryFolders } from '../train/support.js'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 60_000 })
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update']
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const newFolder = temporaryFolders()

const name = `<img src=x onerror="document.title='broken'">`

/** Where CHROMIUM is set, it has to work. */
describe.skipIf(process.env.CHROMIUM === undefined && !existsSync(executablePath))('the dashboard', () => {
  let browser: Browser
  let page: Page
  let training: ChildProcess | null = null
  const problems: string[] = []
  const elsewhere: string[] = []

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args })
  })

  afterAll(async () => {
    training?.kill('SIGKILL')
    await browser?.close()
  })

  async function open(url: string): Promise<void> {
    page = await browser.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => problems.push(message.text()))
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) elsewhere.push(request.url())
    })
    await page.goto(url)
  }

  /** The last step that a chart shows, of `Loss, step 12`. */
  async function lastStep(title: string): Promise<number> {
    const text = await page.locator('figcaption', { hasText: title }).first().textContent()
    return Number(/, step (\d+)$/.exec(text!)?.[1] ?? 0)
  }

  const panel = (title: string) => page.locator('#panels > details', { hasText: title })

  it('shows a run that trains: curves that grow, then what its weights do; names are text', async () => {
    const root = newFolder()
    const sleeping = fakeRun(root, name)
    addSteps(sleeping, 1, 3)
    const settings = ['--model', 'ghostnet', '--width', '0.2', '--data', 'cifar10-sample', '--batch-size', '32']
    const run = ['--epochs', '500', '--log-every', '1', '--threads', '1', '--out', join(root, 'live')]
    training = spawn(process.execPath, [main, 'train', ...settings, ...run], { stdio: 'ignore' })
    const server = new DashboardServer({ root, host: '127.0.0.1', port: 0 })
    const port = await server.listen()
    try {
      await open(`http://localhost:${port}/`)
      await page.getByRole('status').getByText('live').or(page.locator('#connection.live')).first().waitFor()
      await page.locator('.runs').getByRole('button', { name: 'live' }).waitFor()
      expect(await page.locator('.runs').getByRole('button').allTextContents()).toContain(name)

      // It grows while the page is open.
      await vi.waitFor(async () => expect(await lastStep('Loss')).toBeGreaterThan(3), { timeout: 120_000 })
      const before = await lastStep('Loss')
      await vi.waitFor(async () => expect(await lastStep('Loss')).toBeGreaterThan(before), { timeout: 120_000 })
      expect(await page.locator('.plot canvas').count()).toBe(4)
      const readout = page.locator('.curve').first().locator('.readout li')
      expect(await readout.allTextContents()).toContain(`${name} train 0.6667`)
      expect(await page.locator('.plot').first().getAttribute('aria-label')).toMatch(/^Loss by step\. .*live: train \d/)
      await page.getByLabel('loss on a logarithmic scale').check()
      await page.getByLabel('smoothing').fill('0.9')
      // The page draws in its next frame.
      await vi.waitFor(async () =>
        expect(await readout.filter({ hasText: 'live' }).textContent()).toMatch(/raw \d.* · train \d/),
      )
      await page.getByLabel('over').selectOption('epoch')
      await page.getByText(/^Loss, epoch \d/).waitFor()
      await page.getByLabel('over').selectOption('time')
      await page.getByText(/^Loss, \d.* (s|min)$/).waitFor()
      await page.getByLabel('over').selectOption('step')
      await page.getByText('Differences of the configurations').click()
      await page.locator('#differences tr', { hasText: 'batchSize' }).getByText('32').waitFor()

      // Only what is checked is drawn.
      await page.getByLabel(`show ${name} in the curves`).uncheck()
      await vi.waitFor(async () => expect(await readout.count()).toBe(1))

      // The first checkpoint comes with the first epoch.
      await page.locator('.runs').getByRole('button', { name: 'live' }).click()
      expect(await page.locator('#run-title').textContent()).toBe('live')
      await vi.waitFor(
        async () => expect(await page.locator('.runs tr.opened td').nth(2).textContent()).not.toBe('0/500'),
        {
          timeout: 120_000,
        },
      )
      training.kill('SIGKILL') // what follows takes its weights, and gets on quicker alone
      await panel('Confusion matrix').locator('summary').click()
      await panel('Confusion matrix').locator('table.confusion').waitFor({ timeout: 120_000 })
      const cells = await panel('Confusion matrix').locator('td.count').allTextContents()
      expect([cells.length, cells.reduce((sum, text) => sum + Number(text), 0)]).toEqual([100, 200])

      const image = panel('Confusion matrix').locator('.images button').first()
      const number = /test image (\d+)/.exec((await image.getAttribute('title'))!)![1]
      await image.click()
      await panel('Feature maps').locator('img.picture').waitFor({ timeout: 120_000 })
      expect(await panel('Feature maps').getByLabel('test image').inputValue()).toBe(number)
      const [label, predicted] = await image.locator('span').allTextContents()
      expect(await panel('Feature maps').locator('figcaption').textContent()).toContain(`${label}, taken for`)
      expect(label).not.toBe(predicted)
      await panel('Feature maps').getByLabel('layer').selectOption({ index: 3 })
      const layer = await panel('Feature maps').getByLabel('layer').inputValue()
      await panel('Feature maps').getByAltText(`feature maps of ${layer}`).waitFor({ timeout: 120_000 })

      await panel('Histograms').locator('summary').click()
      await panel('Histograms').locator('.gradients svg rect').first().waitFor({ timeout: 120_000 })
      await panel('Configuration').locator('summary').click()
      await panel('Configuration').getByRole('cell', { name: 'ghostnet', exact: true }).waitFor()

      expect(await page.title()).toBe('ghostgrad')
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(width).toBeLessThanOrEqual(1280)
      expect(problems).toEqual([])
      expect(elsewhere).toEqual([])
    } finally {
      await page.close()
      await server.close()
      training.kill('SIGKILL')
    }
  })
})
