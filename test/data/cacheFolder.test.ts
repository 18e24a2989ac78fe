import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { cacheFolder } from '../../src/data/cache.js'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

test('an option comes before GHOSTGRAD_CACHE, and that before the folder of the user', () => {
  vi.stubEnv('GHOSTGRAD_CACHE', '/shared')
  expect(cacheFolder('/mine')).toBe('/mine')
  expect(cacheFolder()).toBe('/shared')
})

test.each([
  ['linux', { XDG_CACHE_HOME: '/xdg' }, join('/xdg', 'ghostgrad')],
  ['linux', { XDG_CACHE_HOME: '' }, join(homedir(), '.cache', 'ghostgrad')],
  ['darwin', {}, join(homedir(), 'Library', 'Caches', 'ghostgrad')],
  ['win32', { LOCALAPPDATA: '/local' }, join('/local', 'ghostgrad', 'Cache')],
])('the user folder on %s with %o', (platform, env, expected) => {
  vi.stubEnv('GHOSTGRAD_CACHE', '')
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  vi.stubGlobal('process', Object.create(process, { platform: { value: platform }, env: { value: process.env } }))
  expect(cacheFolder()).toBe(expected)
})
