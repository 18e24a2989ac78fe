import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { fakeRun } from '../serve/support.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, main } from './support.js'

vi.setConfig({ testTimeout: 60_000 })
const newFolder = temporaryFolders()

describe('ghostgrad serve', () => {
  it('says where the page is, serves it from the built package, and ends on SIGTERM', async () => {
    const cwd = newFolder()
    fakeRun(`${cwd}/runs`, 'one')
    const child = spawn(process.execPath, [main, 'serve', '--port', '0'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(child.stdout, 'data')
    const [, url] = /^1 run in runs: (http:\/\/localhost:\d+\/) \(Ctrl-C ends it\)\n$/.exec(String(line))!
    for (const name of ['', 'main.js', 'uPlot.esm.js', 'uPlot.min.css', 'page.css']) {
      expect((await fetch(url + name)).status, name).toBe(200)
    }
    const port = new URL(url!).port
    expect(await ghostgrad(['serve', '--port', port], { cwd })).toEqual({
      code: 2,
      stdout: '',
      stderr: `ghostgrad: 127.0.0.1:${port}: something else listens there; choose another --port (0: any free one) or --host\n`,
    })
    child.kill('SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(0)
  })

  it('refuses a folder that is not there, and what is no port', async () => {
    const cwd = newFolder()
    const missing = await ghostgrad(['serve'], { cwd })
    expect([missing.code, missing.stderr]).toEqual([
      2,
      'ghostgrad: runs: there is no such folder of runs; name one: ghostgrad serve FOLDER\n',
    ])
    const port = await ghostgrad(['serve', '.', '--port', '99999'], { cwd })
    expect(port.code).toBe(2)
    expect(port.stderr).toContain('expected a whole number from 0 to 65535')
  })
})
