/** `train --distributed mpi`, as a user launches it. MPI has to be installed; `.ci/run` does that. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { loadSafetensors } from '../../src/io/safetensors.js'
import { launch, launchers } from '../distributed/support.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, jsonLines, main, type Outcome, spawnGhostgrad } from './support.js'

vi.setConfig({ testTimeout: 120_000 })

const isLacking = launchers.length === 0
const newFolder = temporaryFolders()
const short = ['train', '--data', 'cifar10-sample', '--epochs', '1', '--threads', '1', '--log-every', '1', '--json']
const ghost = [...short, '--model', 'ghost-resnet20', '--batch-size', '30', '--max-steps', '4', '--lr', '0.01']
const distributed = ['--distributed', 'mpi']

const losses = (outcome: Outcome): number[] => {
  expect(outcome.code, outcome.stderr).toBe(0)
  return jsonLines(outcome).flatMap(({ event, loss }) => (event === 'step' ? [loss as number] : []))
}

const modelOf = (folder: string): Buffer => readFileSync(join(folder, 'model.safetensors'))

/** Euclidean distance of two runs' weights, as a fraction of how far training moved them from the third's. */
function distance(a: string, b: string, start: string): number {
  const [x, y, z] = [a, b, start].map((folder) => loadSafetensors(join(folder, 'model.safetensors')).tensors)
  const names = Object.keys(x!).filter((name) => name.endsWith('weight'))
  const square = (p: typeof x, q: typeof x): number =>
    names.reduce(
      (sum, name) =>
        sum + p![name]!.data.reduce((s: number, v, i) => s + (Number(v) - Number(q![name]!.data[i]!)) ** 2, 0),
      0,
    )
  return Math.sqrt(square(x, y) / square(x, z))
}

const train = (launcher: string, ranks: number, args: readonly string[], cwd: string) =>
  launch(launcher, ranks, main, [...args, ...distributed], cwd)

it.skipIf(isLacking)('trains as one process does with the whole batch, where batch norm is synchronized', async () => {
  const cwd = newFolder()
  const single = losses(await ghostgrad([...ghost, '--out', 'single'], { cwd }))
  await ghostgrad([...ghost, '--max-steps', '1', '--lr', '1e-9', '--out', 'start'], { cwd })
  for (const [i, launcher] of launchers.entries()) {
    for (const ranks of i === 0 ? [2, 3] : [2]) {
      const out = `${launcher}-${ranks}`
      const shared = losses(await train(launcher, ranks, [...ghost, '--sync-bn', '--out', out], cwd))
      // Step by step what rounding does to the last bits grows: the first step is computed from the same weights.
      for (const [step, loss] of shared.entries()) {
        expect(Math.abs(loss / single[step]! - 1), `step ${step + 1} of ${out}`).toBeLessThan(step === 0 ? 1e-6 : 2e-3)
      }
      expect(shared.length).toBe(single.length)
      expect(
        distance(...(['single', out, 'start'].map((name) => join(cwd, name)) as [string, string, string])),
      ).toBeLessThan(0.15)
    }
    if (i > 0) expect(modelOf(join(cwd, `${launcher}-2`)).equals(modelOf(join(cwd, `${launchers[0]}-2`)))).toBe(true)
  }
})

it.skipIf(isLacking)('with a batch norm of each process it is another run, and the same each time', async () => {
  const cwd = newFolder()
  const brief = [...ghost, '--max-steps', '2']
  const [sync] = losses(await train(launchers[0]!, 2, [...brief, '--sync-bn', '--out', 'sync'], cwd))
  const [apart] = losses(await train(launchers[0]!, 2, [...brief, '--out', 'apart'], cwd))
  expect(Math.abs(apart! / sync! - 1)).toBeGreaterThan(1e-3)
  await train(launchers[0]!, 2, [...brief, '--out', 'again'], cwd)
  expect(modelOf(join(cwd, 'again')).equals(modelOf(join(cwd, 'apart')))).toBe(true)
})

it.skipIf(isLacking)('goes on after a stop, to the same bits, with dropout', async () => {
  const cwd = newFolder()
  const run = [...short, '--model', 'ghostnet', '--width', '0.2', '--dropout', '0.5', '--batch-size', '100']
  await train(launchers[0]!, 2, [...run, '--max-steps', '5', '--out', 'straight'], cwd)
  await train(launchers[0]!, 2, [...run, '--max-steps', '2', '--out', 'stopped'], cwd)
  const resumed = await train(launchers[0]!, 2, ['train', '--resume', 'stopped', '--max-steps', '5', '--json'], cwd)
  expect(losses(resumed).length).toBe(3)
  expect(modelOf(join(cwd, 'stopped')).equals(modelOf(join(cwd, 'straight')))).toBe(true)
  expect(
    readFileSync(join(cwd, 'stopped', 'steps.jsonl'), 'utf8')
      .trim()
      .split('\n').length,
  ).toBe(5)
})

it.skipIf(isLacking)('ends, rather than wait, when one of the processes is gone', async () => {
  const cwd = newFolder()
  const endless = [...ghost, '--max-steps', '10000', '--epochs', '1000', '--out', join(cwd, 'run')]
  const running = train(launchers[0]!, 2, endless, cwd)
  const ended = await Promise.race([running, fileAppears(join(cwd, 'run', 'steps.jsonl'))])
  expect(ended, 'ended before its first step').toBeUndefined()
  const pids = execFileSync('pgrep', ['-f', `^${process.execPath} ${main} .*--out ${cwd}`], { encoding: 'utf8' })
  expect(pids.trim().split('\n').length).toBe(2)
  process.kill(Number(pids.trim().split('\n')[1]), 'SIGKILL')
  const { code, stdout } = await running
  expect(code).not.toBe(0)
  expect(stdout).not.toContain('"done"')
})

async function fileAppears(path: string): Promise<void> {
  while (!existsSync(path)) await setTimeout(50)
}

it.skipIf(isLacking)('says what is wrong, once', async () => {
  const cwd = newFolder()
  const bad = await train(launchers[0]!, 2, ['train', '--data', 'cifar10-sample', '--batch-size', '1'], cwd)
  expect(bad.stderr.match(/^ghostgrad: .*$/gm), JSON.stringify(bad)).toEqual([
    'ghostgrad: batchSize 1: a batch of 1 image has none for some of 2 processes: choose a larger batchSize',
  ])
  expect(bad.code).toBe(2)
  const alone = await launch(launchers[0]!, 2, main, ghost, cwd)
  expect(alone.stderr).toMatch(/^ghostgrad: launched by .* as one of 2 processes, .*; say --distributed mpi/)
  expect(alone.code).toBe(2)
  expect(existsSync(join(cwd, 'runs'))).toBe(false)
})

it.skipIf(isLacking)('says that the loss is not finite, and of which step', async () => {
  const { code, stderr } = await train(
    launchers[0]!,
    2,
    [...ghost, '--lr', '1e30', '--sync-bn', '--out', 'run'],
    newFolder(),
  )
  expect(stderr).toMatch(/^ghostgrad: (rank 1: )?step 2 \(epoch 1, lr .*\): the loss is NaN: .* is the first layer/m)
  expect(code).toBe(1)
})

/** Makes an import of koffi fail, as if it were not installed, or by naming it. */
const without = (code: string) =>
  `data:text/javascript,${encodeURIComponent(`
    import { register } from 'node:module'
    register('data:text/javascript,' + encodeURIComponent(\`
      export function resolve(name, context, next) {
        if (name === 'koffi') throw Object.assign(new Error('koffi is asked for'), { code: '${code}' })
        return next(name, context)
      }\`))`)}`

const run = (code: string, args: readonly string[], cwd: string) =>
  spawnGhostgrad(args, { cwd, node: ['--import', without(code)] })

it('a plain run does not load koffi; one that needs it says how to get it', async () => {
  const cwd = newFolder()
  const plain = await run('TEST', [...ghost, '--max-steps', '1', '--out', 'run'], cwd)
  expect(plain.stderr).not.toContain('koffi')
  expect(plain.code).toBe(0)
  const asked = await run('TEST', [...ghost, ...distributed, '--out', 'other'], cwd)
  expect(asked.stderr).toContain('koffi is asked for')
  const missing = await run('ERR_MODULE_NOT_FOUND', [...ghost, ...distributed, '--out', 'other'], cwd)
  expect(missing.stderr).toBe('ghostgrad: MPI is called by a package that is not installed: npm install koffi@3\n')
  expect(missing.code).toBe(2)
})
