/** A Vite project of somebody who knows PyTorch, in Chromium: the code of docs/library.md and loops without a scope. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { serve } from '../../scripts/servePlayground.mjs'
import { packageRoot } from '../../src/packageRoot.js'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update']

const files = {
  'index.html': '<!doctype html><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
  'page.js': `
    import { getBackend, tensor } from 'ghostgrad'
    const x = tensor([1, 2, 3], { requiresGrad: true })
    x.square().sum().backward()
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }) => {
      document.title = JSON.stringify({ page: [getBackend().name, ...x.grad.data], worker: data })
    }`,
  'worker.js': `
    import { getBackend, randn, setBackend, WasmBackend } from 'ghostgrad'
    import * as F from 'ghostgrad/functional'
    import { Linear } from 'ghostgrad/nn'
    import { SGD } from 'ghostgrad/optim'

    const backend = await WasmBackend.load({ maxMemory: 16 * 2 ** 20 })
    setBackend(backend)
    const x = randn([64, 64])
    const y = x.slice([null, [0, 4]])
    const model = new Linear(64, 4)
    const optimizer = new SGD(model.parameters(), { lr: 0.2 })
    function step() {
      const loss = F.mseLoss(model.call(x.mul(1)), y)
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      return loss.item()
    }
    let loss = 0
    for (let i = 0; i < 2000; i++) loss = step()
    for (let i = 0; i < 200; i++) {
      loss = step()
      await new Promise((resolve) => setTimeout(resolve))
    }
    postMessage({ backend: getBackend().name, learnt: loss < 1e-3, peak: backend.runtime.peakBytes })`,
}

/** Where CHROMIUM is set, it has to work. */
test.skipIf(process.env.CHROMIUM === undefined && !existsSync(executablePath))(
  'a page computes at once, and a worker trains in flat memory',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'ghostgrad-plain-page-'))
    mkdirSync(join(root, 'node_modules'))
    symlinkSync(packageRoot, join(root, 'node_modules', 'ghostgrad'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
    const outDir = join(root, 'built')
    await build({ root, logLevel: 'error', worker: { format: 'es' }, build: { outDir, target: 'es2022' } })
    const { url, close } = await serve(pathToFileURL(`${outDir}/`), { isolated: false })
    const browser = await chromium.launch({ executablePath, args })
    try {
      const page = await browser.newPage()
      const said: string[] = []
      page.on('pageerror', (error) => said.push(error.message))
      page.on('console', (message) => said.push(message.text()))
      await page.goto(url)
      await expect.poll(() => page.title(), { timeout: 50_000, interval: 100 }).not.toBe('')
      const { page: own, worker } = JSON.parse(await page.title())
      expect(own).toEqual(['js', 2, 4, 6])
      expect(worker).toMatchObject({ backend: 'wasm', learnt: true })
      expect(worker.peak).toBeLessThan(8 * 2 ** 20)
      expect(said).toEqual([expect.stringContaining('call "setBackend(await WasmBackend.load())"')])
    } finally {
      await browser.close()
      close()
      rmSync(root, { recursive: true })
    }
  },
  120_000,
)
