import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { readResult } from '../../src/experiments/index.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, jsonLines, spawnGhostgrad, startGhostgrad } from './support.js'

const newFolder = temporaryFolders()
vi.setConfig({ testTimeout: 300_000 })

/** Seven steps of 64 images an epoch. */
const short = ['--data', 'cifar10-sample', '--epochs', '2', '--batch-size', '64']
const id = 'ghostnet-0.5-cifar-fast+epochs=2+batchSize=64+data=cifar10-sample-seed0'
const machine = ['--threads', '1', '--log-every', '1']
const oneJob = ['reproduce', '--job', id, ...machine]
const folderOf = (cwd: string) => join(cwd, 'runs', 'reproduce', id)

/** Steps in the log of the run. */
function stepsDone(cwd: string): number {
  const file = join(folderOf(cwd), 'steps.jsonl')
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0
}

/** Start the job and send `signal` to its process when the log has this many steps. */
async function runUntil(cwd: string, step: number, args: readonly string[], signal: NodeJS.Signals) {
  const child = startGhostgrad(args, cwd)
  let ended = false
  const end = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      ended = true
      resolve(code)
    })
  })
  while (!ended && stepsDone(cwd) < step) await setTimeout(5)
  child.kill(signal)
  return end
}

/** What a result holds that has to be the same whatever happened on the way. */
function decisive(cwd: string) {
  const { accuracy, best, epochs, config } = readResult(join(cwd, 'results'), id)!
  const curve = epochs.map(({ seconds: _, imagesPerSecond: __, ...epoch }) => epoch)
  return { accuracy, best, curve, config }
}

describe('a job that is killed', () => {
  it('at random steps, by SIGKILL, goes on to the same bits', async () => {
    const [whole, broken] = [newFolder(), newFolder()]
    expect((await ghostgrad(oneJob, { cwd: whole })).code).toBe(0)
    const kills = [1, 2].map((epoch) => 7 * (epoch - 1) + 1 + Math.floor(7 * Math.random()))
    for (const step of kills) {
      expect(
        await runUntil(broken, step, [...oneJob, '--save-every', '3'], 'SIGKILL'),
        `killed at steps ${kills}`,
      ).toBeNull()
      expect(existsSync(join(broken, 'results'))).toBe(false)
    }
    // What the first process saved was gone on with: the checkpoint is of the second epoch, or of the end of the first.
    const { progress } = readCheckpoint(join(folderOf(broken), 'checkpoint.safetensors')).record
    expect(progress.step).toBeGreaterThanOrEqual(7)
    expect((await ghostgrad(oneJob, { cwd: broken })).code).toBe(0)
    for (const file of ['model.safetensors', 'best.safetensors']) {
      const [expected, actual] = [whole, broken].map((cwd) => readFileSync(join(folderOf(cwd), file)))
      expect(actual!.equals(expected!), `${file}, killed at steps ${kills}`).toBe(true)
    }
    const { config: own, ...result } = decisive(broken)
    const { config, ...expected } = decisive(whole)
    expect(result, `killed at steps ${kills}`).toEqual(expected)
    expect({ ...own, saveEvery: 0 }).toEqual(config)
    expect(readdirSync(join(broken, 'runs', 'reproduce'))).toEqual([id]) // no lock is left
    expect(readdirSync(folderOf(broken)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})

describe('reproduce', () => {
  it('stops on Ctrl-C, shows where it is, goes on, and prints the table with the files behind it', async () => {
    const cwd = newFolder()
    const args = ['reproduce', 'ghostnet', ...short]
    expect(await runUntil(cwd, 2, [...args, ...machine], 'SIGINT')).toBe(130)

    const [stopped] = jsonLines(await ghostgrad(['status', 'ghostnet', ...short, '--json'], { cwd }))
    expect((stopped as unknown as object[]).map((job) => ({ ...job, progress: undefined }))).toMatchObject([
      { id, state: 'stopped', owner: null, result: null },
      { state: 'pending' },
    ])
    const before = stepsDone(cwd)
    const { code, stdout, stderr } = await ghostgrad([...args, ...machine], { cwd })
    expect(code).toBe(0)
    expect(stderr).toMatch(/^ghostgrad: 2 runs to do of 2: ghostnet-0\.5-cifar-fast\+epochs=2/)
    expect(stepsDone(cwd)).toBe(14)
    expect(before).toBeLessThan(14)

    expect(stdout).toMatch(
      /^GhostNet: .*, recipe fast\+epochs=2\+batchSize=64\+data=cifar10-sample \(2 epochs\), seed 0\n/,
    )
    const accuracy = (100 * readResult(join(cwd, 'results'), id)!.accuracy).toFixed(2)
    expect(stdout).toMatch(
      new RegExp(`\\nGhostNet 0\\.5× .*1\\.32 .* ${accuracy} .* results/ghostnet-0\\.5-cifar-fast\\+`),
    )

    const again = await ghostgrad(args, { cwd })
    expect(again).toEqual({ code: 0, stdout, stderr: '' }) // nothing was left to run
    const { stdout: status } = await ghostgrad(['status', 'ghostnet', ...short], { cwd })
    expect(status).toMatch(/\n2 runs: 2 done, 0 running, 0 stopped, 0 pending\n$/)
  })

  it('runs nothing with --no-run, and marks what was not run', async () => {
    const cwd = newFolder()
    const { code, stdout } = await ghostgrad(['reproduce', 'all', '--no-run'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Table 3: .*; CIFAR-10, recipe fast \(10 epochs\), seed 0\n/)
    expect(stdout).toMatch(/\nd = 3 +7\.7 +7\.65 +−0\.05 +158 +158\.7 +\+0\.7 +93\.7 +not run *\n/)
    expect(stdout).toMatch(/\nSBP-VGG-16 +– +136 +92\.5 +quoted by the paper *\n/)
    expect(stdout).toMatch(/\nGhostNet 1\.0× +5\.2 +5\.18 .* 73\.9 +91\.4 +not trained here *\n/)
    expect(readdirSync(cwd)).toEqual([])
    const { stdout: json } = await ghostgrad(['reproduce', 'table7', '--json'], { cwd })
    expect(JSON.parse(json)[0].lines.length).toBe(19)
  })

  it('goes on with the other jobs when one fails, and fails in the end', async () => {
    const cwd = newFolder()
    const args = ['reproduce', 'ghostnet', '--offline', '--data-dir', 'nowhere', '--threads', '1']
    const { code, stdout, stderr } = await spawnGhostgrad(args, { cwd }) // its jobs write to its stderr

    expect(code).toBe(1)
    for (const row of ['0.5', '1.0']) {
      expect(stderr).toContain(`ghostgrad: ghostnet-${row}-cifar-fast-seed0: failed (exit code 1); the others go on\n`)
    }
    expect(stderr).toContain('ghostgrad: CIFAR-10 is not in nowhere/cifar10 (missing: ')
    expect(stderr).toMatch(/\nghostgrad: 2 runs failed: .*; the same command tries again\n$/)
    expect(stdout).toMatch(/\nGhostNet 1\.0× .* not run *\n/)
  })

  it('leaves a job to the process that is at it', async () => {
    const cwd = newFolder()
    const child = startGhostgrad(oneJob, cwd)
    while (stepsDone(cwd) < 1) await setTimeout(5)
    const { code } = await ghostgrad(oneJob, { cwd })
    const [[running]] = jsonLines(await ghostgrad(['status', 'ghostnet', ...short, '--json'], { cwd })) as unknown as [
      [{ state: string; owner: { pid: number } }],
    ]
    child.kill('SIGKILL')
    expect(code).toBe(75)
    expect(running).toMatchObject({ state: 'running', owner: { pid: child.pid } })
  })
})

describe('reproduce adopt', () => {
  const train = [
    'train',
    '--model',
    'ghostnet',
    '--width',
    '0.5',
    '--nesterov',
    '--warmup-epochs',
    '1',
    ...short,
    ...machine,
  ]

  it('takes over a run of the same configuration, and no other', async () => {
    const cwd = newFolder()
    const adopt = (run: string, ...flags: string[]) => ghostgrad(['reproduce', 'adopt', run, ...flags], { cwd })
    await ghostgrad([...train, '--out', 'same'], { cwd })
    await ghostgrad([...train, '--out', 'other', '--seed', '1', '--label-smoothing', '0.1', '--max-steps', '1'], {
      cwd,
    })

    expect(await adopt('other', ...short)).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'ghostgrad: other: not the configuration of any row by fast+epochs=2+batchSize=64+data=cifar10-sample; of the nearest, ' +
        'ghostnet-0.5-cifar, it differs so: maxSteps is 1, expected none; labelSmoothing is 0.1, expected 0\n',
    })
    const { code, stderr } = await adopt('same')
    expect(code).toBe(2)
    expect(stderr).toContain(
      'data is "cifar10-sample", expected "cifar10"; batchSize is 64, expected 128; epochs is 2, expected 10',
    )
    expect(existsSync(join(cwd, 'results'))).toBe(false)

    const { stdout } = await adopt('same', ...short)
    expect(stdout).toMatch(
      new RegExp(`^results/${id.replaceAll('+', '\\+')}\\.yaml: GhostNet 0\\.5× by fast\\+.*, seed 0: [\\d.]+ %\\n$`),
    )
    expect(readResult(join(cwd, 'results'), id)).toMatchObject({
      run: 'same',
      threads: 1,
      seed: 0,
      config: { width: 0.5 },
    })
    expect((await adopt('same', ...short)).code).toBe(0)
    await ghostgrad([...train, '--out', 'twin'], { cwd })
    expect((await adopt('twin', ...short)).stderr).toMatch(
      /^ghostgrad: results\/.*: there is a result already, of the run same; /,
    )
  })

  it('takes no run that is not finished', async () => {
    const cwd = newFolder()
    const args = [...train, '--out', 'run']
    const child = startGhostgrad(args, cwd)
    while (!existsSync(join(cwd, 'run', 'metrics.csv'))) await setTimeout(5)
    child.kill('SIGINT')
    await new Promise((resolve) => child.on('close', resolve))
    const { code, stderr } = await ghostgrad(['reproduce', 'adopt', 'run', ...short], { cwd })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^ghostgrad: run: not finished \(1 of 2 epochs\): go on with npx ghostgrad train --resume run\n$/,
    )
  })
})

describe('a bad call of reproduce', () => {
  it.each([
    [['reproduce'], 'reproduce: which table? table3 to table7, ghostnet, or all'],
    [['reproduce', 'tabel3'], 'unknown table "tabel3"; did you mean "table3"? known: table3, '],
    [['reproduce', 'table3', '--recipe', 'slow'], "option '--recipe <name>' argument 'slow' is invalid."],
    [['reproduce', 'table3', '--seeds', '0,x'], '--seeds: expected different whole numbers such as 0,1,2, got "0,x"'],
    [['reproduce', 'table3', '--epochs', '0'], '--epochs: expected a whole number of at least 1, got 0'],
    [
      ['reproduce', 'table3', '--executor', 'cloud'],
      '--executor: unknown executor "cloud"; known: local, bullmq, slurm',
    ],
    [
      ['reproduce', '--job', 'l1-vgg16-fast-seed0'],
      'l1-vgg16-fast-seed0: needs vgg16-fast-seed0, which is not done yet',
    ],
    [['reproduce', '--job', 'vgg16'], '--job: expected an id such as ghost-vgg16-s2-fast-seed0, got "vgg16"'],
    [['status', 'table9'], 'unknown table "table9"; did you mean "table3"? known: '],
  ])('%j', async (args, message) => {
    const cwd = newFolder()
    const { code, stdout, stderr } = await ghostgrad(args, { cwd })
    expect(stderr).toContain(`ghostgrad: ${message}`)
    expect([code, stdout]).toEqual([2, ''])
    expect(readdirSync(cwd)).toEqual([])
  })
})
