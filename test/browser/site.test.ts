/** The course in a browser, on a page that is not isolated. It needs Chromium; `.ci/run` installs it and says where it is. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { serve } from '../../scripts/servePlayground.mjs'
import { lessons, root } from '../learn/lesson.js'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update']

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

/** Where CHROMIUM is set, it has to work. */
describe.skipIf(process.env.CHROMIUM === undefined && !existsSync(executablePath))('the course in a page', () => {
  const out = mkdtempSync(join(tmpdir(), 'ghostgrad-site-'))
  const problems: string[] = []
  let browser: Browser
  let page: Page
  let server: Awaited<ReturnType<typeof serve>>
  let loaded = 0

  beforeAll(async () => {
    execFileSync(process.execPath, [join(root, 'site/build.mjs'), out, '--no-api'])
    server = await serve(pathToFileURL(`${out}/`), { isolated: false })
    browser = await chromium.launch({ executablePath, args })
    page = await browser.newPage()
    page.setDefaultTimeout(100_000)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => problems.push(message.text()))
    // What a page was about to fetch ahead is given up when another one is opened.
    page.on('requestfailed', (request) => {
      const { errorText } = request.failure()!
      if (errorText !== 'net::ERR_ABORTED') problems.push(`${errorText} ${request.url()}`)
    })
    page.on('response', async (response) => {
      if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`)
      if (response.request().resourceType() !== 'image') loaded += (await response.body().catch(() => '')).length
    })
  })

  afterAll(async () => {
    await browser?.close()
    server?.close()
    rmSync(out, { recursive: true })
  })

  const open = async (name: string): Promise<void> => {
    await page.goto(`${server.url}learn/${name}.html`)
    await page.locator('.cell .run').first().waitFor()
  }

  /** Click, and wait until what it started is over. */
  async function clickAndWait(selector: string): Promise<void> {
    await page.evaluate((selector) => {
      const over = new Promise((resolve) => document.addEventListener('ran', resolve, { once: true }))
      ;[...document.querySelectorAll<HTMLElement>(selector)].at(-1)!.click()
      return over
    }, selector)
  }

  test('a first lesson is below 1 MB', async () => {
    await page.goto(`${server.url}learn/${lessons[0]!.name}.html`, { waitUntil: 'networkidle' })
    expect(loaded).toBeGreaterThan(50_000)
    expect(loaded).toBeLessThan(1e6)
  })

  test.each(lessons.map(({ name }) => name))(
    '%s: every snippet prints what the text quotes; the exercise is checked',
    async (name) => {
      await open(name)
      await clickAndWait('.cell[data-cell] .run')
      expect(await page.locator('.failure').allTextContents()).toEqual([])
      const quoted = await page.locator('.output[data-how]:not(.more)').count()
      expect(await page.locator('.output[data-same=true]').count()).toBe(quoted)

      await clickAndWait('.exercise .run')
      const score = () => page.locator('.exercise .results').getAttribute('data-score')
      expect(await score()).toMatch(/^0\/\d+$/)
      await page.locator('.exercise .solution').click()
      await page.locator('.exercise .cm-content').waitFor()
      await clickAndWait('.exercise .run')
      expect(await score()).toMatch(/^(\d+)\/\1$/)
    },
  )

  test('every picture is drawn from values, and answers to a changed one', async () => {
    let drawn = 0
    for (const { name, markdown } of lessons.filter(({ markdown }) => markdown.includes('<!-- picture:'))) {
      await open(name)
      const figures = page.locator('figure.picture')
      expect(await figures.count()).toBe(markdown.match(/<!-- picture: /g)!.length)
      for (const figure of await figures.all()) {
        await figure.scrollIntoViewIfNeeded()
        const picture = figure.locator('.drawing')
        const look = () =>
          picture.evaluate(
            (place) =>
              place.innerHTML + [...place.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()).join(),
          )
        await expect.poll(() => figure.getAttribute('data-drawn'), { timeout: 60_000 }).toBe('1')
        const before = await look()
        expect(before).not.toMatch(/NaN|undefined/)
        const control = figure.locator('.controls input, .controls select').first()
        if ((await control.evaluate(({ tagName }) => tagName)) === 'SELECT') await control.selectOption({ index: 1 })
        else await control.press('ArrowRight')
        await expect.poll(look, { timeout: 60_000 }).not.toBe(before)
        drawn++
      }
    }
    expect(drawn).toBeGreaterThanOrEqual(10)
  })

  test('a tape is walked with keys, from the snippet that explained it', async () => {
    await open('01-tape')
    await clickAndWait('.cell[data-cell="4"] .run')
    await page.locator('.step-through button').click()
    const title = () => page.locator('.debugger aside h2').textContent()
    await expect.poll(title).toBe('The loss: 1')
    for (const expected of [
      '#1 mul(x, w)',
      '#2 add(#1, b)',
      '#3 mul(#2, #2)',
      '#3 mul(#2, #2)',
      '#2 add(#1, b)',
      '#1 mul(x, w)',
    ]) {
      await page.keyboard.press('n')
      expect(await title()).toBe(expected)
    }
    expect(await page.locator('.debugger .numbers').textContent()).toBe('dx = 2 · 3\ndw = 2 · 2')
  })

  test('a phone shows all of it without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    for (const name of ['01-tape', '09-deep']) {
      await open(name)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    }
    await page.setViewportSize({ width: 1280, height: 720 })
  })

  test('a snippet that is changed prints other things, and errors come with their line', async () => {
    await open('01-tape')
    await page.locator('.cell .edit').nth(2).click()
    const editor = page.locator('.cm-content').first()
    const text = await page.locator('.cell').nth(2).getAttribute('data-code')
    await editor.fill(text!.replace('number(2)', 'number(4)'))
    await page.keyboard.press('Control+Enter')
    await page.locator('.output', { hasText: 'loss 49, dx 42, dw 56, db 14' }).waitFor()
    await editor.fill('const broken = 1\nbroken.backward()')
    await page.keyboard.press('Control+Enter')
    await page.locator('.failure', { hasText: 'line 2: TypeError: broken.backward is not a function' }).waitFor()
    await page.locator('.cell[data-cell] .reset:visible').click()
    await clickAndWait('.cell[data-cell] .run')
    expect(await page.locator('.failure').count()).toBe(0)
  })

  test('what was solved is kept, and marked', async () => {
    await page.reload()
    await page.locator('.VPSidebar a.solved').first().waitFor({ state: 'attached' })
    expect(await page.locator('.exercise .score').textContent()).toBe('You have solved this one.')
  })

  test('without a word on the console, and without a request that failed', () => {
    expect(problems).toEqual([])
  })
})
