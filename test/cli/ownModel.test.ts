/** Networks that a module of the user's own makes. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonLines, spawnGhostgrad } from './support.js'

const root = mkdtempSync(join(tmpdir(), 'ghostgrad-own-model-'))
/** In a process of its own: the module imports the package as it is built. */
const inRoot = (...args: string[]) => spawnGhostgrad(args, { cwd: root })
const cache = process.env.GHOSTGRAD_CACHE

beforeAll(() => {
  process.env.GHOSTGRAD_CACHE = join(root, 'cache')
  copyFileSync(fileURLToPath(new URL('../../examples/ownModel.mjs', import.meta.url)), join(root, 'mine.mjs'))
})

afterAll(() => {
  if (cache === undefined) delete process.env.GHOSTGRAD_CACHE
  else process.env.GHOSTGRAD_CACHE = cache
  rmSync(root, { recursive: true, force: true })
})

const trained = ['--data', 'cifar10-sample', '--batch-size', '100', '--threads', '1']

describe("a module of one's own", () => {
  it('trains into a run, stops, goes on to the same bits, and is found by everything that takes the run', async () => {
    const settings = ['--model', './mine.mjs', '--width', '0.5', ...trained]
    const whole = await inRoot('train', ...settings, '--epochs', '2', '--out', 'whole')
    expect([whole.code, whole.stderr]).toEqual([0, ''])
    await inRoot('train', ...settings, '--epochs', '2', '--out', 'parts', '--max-steps', '7')
    mkdirSync(join(root, 'elsewhere'))
    const resumed = await spawnGhostgrad(['train', '--resume', '../parts', '--max-steps', '10'], {
      cwd: join(root, 'elsewhere'),
    })
    expect([resumed.code, resumed.stderr]).toEqual([0, ''])
    const weights = (run: string) => readFileSync(join(root, run, 'model.safetensors'))
    expect(weights('parts').equals(weights('whole'))).toBe(true)

    const [result] = jsonLines(await inRoot('eval', '--weights', 'whole', '--json'))
    expect(result).toMatchObject({ images: 200 })
    const [named] = jsonLines(await inRoot('summary', './mine.mjs', '--width', '0.5', '--json'))
    const [ofRun] = jsonLines(await inRoot('summary', 'whole', '--json'))
    expect(ofRun).toEqual(named)
    const exported = await inRoot('export', '--weights', 'whole', '--out', 'mine.onnx')
    expect(exported.stdout).toMatch(/^mine\.onnx: mine as onnx, /)
  }, 120_000)

  it('is not run where a file alone names it', async () => {
    const fresh = join(root, 'fresh')
    process.env.GHOSTGRAD_CACHE = fresh
    const refused = await inRoot('eval', '--weights', 'whole')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(
      `whose code is not run until you name it here once: --model ${join(root, 'mine.mjs')}`,
    )
    renameSync(join(root, 'mine.mjs'), join(root, 'moved.mjs'))
    const gone = await inRoot('eval', '--weights', 'whole')
    expect(gone.stderr).toContain('mine.mjs: there is no such module; --model FILE says where')
    const [result] = jsonLines(await inRoot('eval', '--weights', 'whole', '--model', 'moved.mjs', '--json'))
    expect(result).toMatchObject({ images: 200 })
  }, 60_000)

  it.each([
    ['no network', 'export default () => ({ layers: [] })', /expected a Module of this ghostgrad .*, got a Object/],
    ['nothing', 'export const one = 1', /expected its default export to be a class .*, got exports one/],
    ['an error', 'export default () => { throw new Error("mine") }', /bad\.mjs: mine \(at .*bad\.mjs:1:/],
    [
      'too few logits',
      `import { AdaptiveAvgPool2d, Flatten, Sequential } from 'ghostgrad/nn'
       export default () => new Sequential(new AdaptiveAvgPool2d(1), new Flatten())`,
      /expected logits of shape \(N, 10\), one for each class, got \(2, 3\) of 2 images/,
    ],
  ])('that makes %s is refused by one line', async (_, code, message) => {
    writeFileSync(join(root, 'bad.mjs'), code)
    const { stderr, code: status } = await inRoot('train', '--model', 'bad.mjs', '--fast-dev-run', ...trained)
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})
