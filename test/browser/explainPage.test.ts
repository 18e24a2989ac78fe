/** The page of `ghostgrad explain --format html` in a browser. It needs Chromium; `.ci/run` installs it and says where it is. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { explain } from '../../src/explain/explain.js'
import { parseExpression, parseVariable } from '../../src/explain/expression/expression.js'
import { toHtml } from '../../src/explain/formats/html.js'
import { GhostBottleneck } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { rand } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend('float64'))

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const args = [
  ...[
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
]

/** Where CHROMIUM is set, it has to work. */
describe.skipIf(process.env.CHROMIUM === undefined && !existsSync(executablePath))('the page of an explanation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-page-'))
  const errors: string[] = []
  const requests: string[] = []
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args })
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  async function open(html: string): Promise<void> {
    const file = join(folder, 'page.html')
    writeFileSync(file, html)
    page = await browser.newPage()
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('console', (message) => errors.push(message.text()))
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(file).href)
  }

  const panel = () => page.locator('aside')
  const shown = async (part: Locator): Promise<string> =>
    (await part.allInnerTexts()).join('\n').replaceAll('\u00a0', ' ')
  const title = () => shown(panel().locator('h2'))
  const click = (box: string) => page.locator(`[data-box="${box}"]`).click()

  test('a click on an operation shows numbers, rule, gradients beside differences, and code', async () => {
    const names = { x: parseVariable('x', '-2'), w: parseVariable('w', '[[1,-2],[3,4]]') }
    await open(toHtml(explain(() => parseExpression('relu(x * w).sum()').run(names), { names })))
    await click('op 1')
    const text = await shown(panel())
    expect(text).toContain('#1 mul(x, w)')
    expect(text).toMatch(/Result y\s+\(2, 2\)\s+-2 {2}4\s+-6 {2}-8/)
    expect(text).toContain('dx = dy · w, dw = dy · x')
    expect(text).toMatch(/Gradient that comes in: dy\s+\(2, 2\)\s+0 {2}1\s+0 {2}0/)
    expect(text).toMatch(/Gradient that goes out to w\s+\(2, 2\)\s+0 {2}-2\s+0 {2}0/)
    expect(text).toMatch(/\[0, 1\]\s+-2\s+-2\s+\d\.\de[+-]\d+/)
    expect(text).toMatch(/Kept for backward\s+a\s+\(\)\s+-2\s+b\s+\(2, 2\)\s+1 {2}-2/)
    expect(await shown(panel().locator('.source'))).toMatch(/backward: \(dy, \{ a, b \}, \{ backend \}\) =>/)
    expect(await page.locator('.box.chosen').getAttribute('data-box')).toBe('op 1')
  })

  test('a name in the panel leads to the leaf, and to what uses it', async () => {
    await panel().getByRole('button', { name: 'w', exact: true }).click()
    expect(await title()).toBe('w')
    expect(await page.locator('.box.chosen').getAttribute('data-box')).toBe('leaf w')
    await panel().getByRole('button', { name: '#1 mul' }).click()
    expect(await title()).toBe('#1 mul(x, w)')
  })

  test('it opens with the loss, and steps forward through the tape and back', async () => {
    const names = { x: parseVariable('x', '2'), w: parseVariable('w', '3'), b: parseVariable('b', '-5') }
    await open(toHtml(explain(() => parseExpression('(x * w + b).square()').run(names), { names })))
    expect(await title()).toBe('The loss: 1')
    const titles: string[] = []
    for (const key of ['n', 'n', 'n', 'n', 'n', 'n', 'b']) {
      await page.keyboard.press(key)
      titles.push(await title())
    }
    const [mul, add, square] = ['#1 mul(x, w)', '#2 add(#1, b)', '#3 square(#2)']
    expect(titles).toEqual([mul, add, square, square, add, mul, add])
    await page.getByRole('button', { name: 'step ▶' }).click()
    expect(await shown(page.locator('.said'))).toBe('step 6 of 6, backward')
    expect(await shown(panel().locator('.numbers'))).toBe('dx = 2 · 3\ndw = 2 · 2')
    expect(await shown(panel())).toMatch(/by differences[\s\S]*6\s+6/)
  })

  test('boxes are reached by tab and opened by Enter', async () => {
    await page.locator('[data-box="leaf x"]').focus()
    await page.keyboard.press('Enter')
    expect(await title()).toBe('x')
  })

  test('a module lists its operations, and they can be looked into', async () => {
    const model = new GhostBottleneck(4, 8, 6, { stride: 2 })
    const image = rand([2, 4, 6, 6])
    await open(
      toHtml(
        explain(() => F.mean(model.call(image)), { model, names: { image } }),
        1,
      ),
    )
    await page.locator('.box', { hasText: 'ghost2' }).click()
    expect(await title()).toBe('ghost2')
    await panel().getByRole('button', { name: 'concat' }).click()
    expect(await title()).toMatch(/^#\d+ concat\(/)
    expect(await page.locator('.box.chosen').textContent()).toContain('ghost2')
    expect(await shown(panel())).toContain('in ghost2 (GhostModule)')
  })

  test('without an error, and without a request but for the page', () => {
    expect(errors).toEqual([])
    expect(requests.filter((url) => !url.startsWith('file:'))).toEqual([])
    expect(requests).toHaveLength(3)
  })
})
