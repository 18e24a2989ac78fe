import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { serve } from '../../scripts/servePlayground.mjs'

const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-serve-'))
mkdirSync(join(folder, 'site'))
writeFileSync(join(folder, 'site', 'index.html'), 'page')
writeFileSync(join(folder, 'secret.html'), 'secret')
const site = pathToFileURL(join(folder, 'site/'))

afterAll(() => rmSync(folder, { recursive: true }))

test.each([true, false])('serves the folder, isolated: %s', async (isolated) => {
  const { url, close } = await serve(site, { isolated })
  try {
    const response = await fetch(url)
    expect(await response.text()).toBe('page')
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cross-origin-opener-policy')).toBe(isolated ? 'same-origin' : null)
    expect(response.headers.get('cross-origin-embedder-policy')).toBe(isolated ? 'require-corp' : null)
  } finally {
    close()
  }
})

test.each(['none.html', '..%2fsecret.html', '%2e%2e/secret.html', 'a%00.html'])('has no %s', async (path) => {
  const { url, close } = await serve(site)
  try {
    expect((await fetch(url + path)).status).toBe(404)
  } finally {
    close()
  }
})

test('says what keeps it from listening', async () => {
  const { url, close } = await serve(site)
  try {
    await expect(serve(site, { port: Number(new URL(url).port) })).rejects.toThrow('EADDRINUSE')
  } finally {
    close()
  }
})
