/** The page of `ghostgrad report` in a browser. It needs Chromium; `.ci/run` installs it and says where it is. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { packageRoot } from '../../src/packageRoot.js'
import { toHtml } from '../../src/report/page.js'
import { makeReport } from '../../src/report/report.js'
import { temporaryFolders } from '../train/support.js'

vi.setConfig({ testTimeout: 60_000 })
const newFolder = temporaryFolders()
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update']

/** Where CHROMIUM is set, it has to work. */
describe.skipIf(process.env.CHROMIUM === undefined && !existsSync(executablePath))(
  'the report of the results here',
  () => {
    it('is shown without errors and without requests, and leads from a number to its run', async () => {
      const results = new URL('results', packageRoot).pathname
      const report = await makeReport({ folders: { results, runs: 'none' }, offline: true, evalBatchSize: 100 })
      const file = join(newFolder(), 'report.html')
      writeFileSync(file, toHtml(report))
      const browser = await chromium.launch({ executablePath, args })
      try {
        const page = await browser.newPage()
        const problems: string[] = []
        const requests: string[] = []
        page.on('pageerror', (error) => problems.push(error.message))
        page.on('console', (message) => problems.push(message.text()))
        page.on('request', (request) => requests.push(request.url().slice(0, 5)))
        await page.goto(pathToFileURL(file).href)
        expect(await page.locator('svg.chart').count()).toBeGreaterThan(3)
        const [run] = report.runs
        await page.locator(`a[href="#run-${run!.id}"]`).first().click()
        expect(await page.locator('tr:target th').textContent()).toBe(run!.id)
        expect(problems).toEqual([])
        expect(requests.filter((start) => start !== 'data:')).toEqual(['file:'])
      } finally {
        await browser.close()
      }
    })
  },
)
