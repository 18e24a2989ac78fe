import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { loadSafetensors } from '../../src/io/safetensors.js'
import type { StateDict } from '../../src/tensor/stateDict.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, jsonLines, type Outcome } from './support.js'

const newFolder = temporaryFolders()

/** Seven steps of 64 images an epoch. Each test runs a few processes, and other work may share the cores. */
vi.setConfig({ testTimeout: 180_000 })
const tiny = [
  ...['train', '--data', 'cifar10-sample', '--model', 'resnet20', '--batch-size', '64', '--threads', '1'],
  ...['--lr', '0.05', '--seed', '3', '--out', 'run'],
]

const events = (outcome: Outcome, kind: string) => jsonLines(outcome).filter(({ event }) => event === kind)

const read = (folder: string) => (name: string) => readFileSync(join(folder, 'run', name), 'utf8')

/** A hash of each tensor's bits: the numbers are too many for the matchers. */
const digests = (tensors: StateDict) =>
  Object.entries(tensors).map(([name, { data }]) => [name, createHash('md5').update(data).digest('hex')])

describe('train --json', () => {
  it('prints steps, epochs and the end, and writes the same to the run folder', async () => {
    const cwd = newFolder()
    const outcome = await ghostgrad([...tiny, '--epochs', '1', '--log-every', '1', '--json'], { cwd })
    expect([outcome.code, outcome.stderr]).toEqual([0, ''])
    const steps = events(outcome, 'step')
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(Object.keys(steps[0]!).slice(0, 4)).toEqual(['event', 'step', 'loss', 'lr'])
    expect(steps[0]!.loss).toBeGreaterThan(2)
    expect(steps[0]!.lr).toBe(0.05)
    const [epoch] = events(outcome, 'epoch')
    expect(Object.keys(epoch!)).toEqual([
      ...['event', 'epoch', 'step', 'trainLoss', 'trainAccuracy', 'testLoss', 'testAccuracy'],
      ...['imagesPerSecond', 'lr', 'seconds'],
    ])
    expect(jsonLines(outcome).at(-1)).toMatchObject({
      event: 'done',
      reason: 'finished',
      step: 7,
      epochs: 1,
      out: 'run',
    })

    const file = read(cwd)
    expect(
      file('steps.jsonl')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(steps)
    expect(file('metrics.csv').split('\n')[1]!.split(',').map(Number)).toEqual(Object.values(epoch!).slice(1))
    expect(parse(file('config.yaml'))).toMatchObject({ model: 'resnet20', batchSize: 64, lr: 0.05, dropLast: true })
    expect(file('config.yaml')).toMatch(
      /^# Run by ghostgrad .*\n# machine: Node v.*\n# backend: wasm .* simd, 1 thread\n/,
    )
  })

  it('--max-steps ends without an evaluation in the middle of an epoch; the weights are saved', async () => {
    const cwd = newFolder()
    const flags = ['--max-steps', '2', '--log-every', '1', '--order', 'sequential', '--augment', 'none', '--json']
    const first = await ghostgrad([...tiny, ...flags], { cwd })
    expect(jsonLines(first).map(({ event }) => event)).toEqual(['step', 'step', 'done'])
    expect(jsonLines(first).at(-1)).toMatchObject({ reason: 'max-steps', epochs: 0, bestAccuracy: null })

    // The same initial weights from a file give the same losses, whatever the seed.
    const initial = join(cwd, 'run', 'model.safetensors')
    const again = [
      '--init',
      initial,
      '--max-steps',
      '1',
      '--log-every',
      '1',
      '--order',
      'sequential',
      '--augment',
      'none',
    ]
    const losses = []
    for (const seed of ['1', '2']) {
      const outcome = await ghostgrad([...tiny, ...again, '--json', '--seed', seed, '--out', `init${seed}`], { cwd })
      losses.push(events(outcome, 'step')[0]!.loss)
    }
    expect(losses[0]).toBe(losses[1])
  })
})

describe('train', () => {
  it('writes a readable report where there is no terminal', async () => {
    const cwd = newFolder()
    const { stdout, code } = await ghostgrad([...tiny, '--epochs', '1'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^resnet20: 270 k weights, on wasm .* simd, 1 thread\n/)
    expect(stdout).toContain('\nsgd, lr 0.05 cosine, batch 64, 1 epoch of 7 steps\n')
    expect(stdout).toMatch(/\n +epoch +train loss +accuracy +test loss +accuracy +images\/s +lr +time\n/)
    expect(stdout).toMatch(/\n +1\/1 +\d\.\d{4} +\d+\.\d % +\d+\.\d{4} +\d+\.\d % +\d+ +[\d.]+ +\d+s {2}best\n/)
    expect(stdout).toMatch(/\nDone in \d+s: best test accuracy \d+\.\d\d %, after epoch 1\n/)
    expect(stdout).toContain('  evaluate   npx ghostgrad eval --weights run\n')
    expect(stdout).not.toContain('\x1b')
  })

  it('takes a configuration file, and flags on top; a second run does not overwrite the first', async () => {
    const cwd = newFolder()
    await ghostgrad([...tiny, '--max-steps', '1'], { cwd })
    const more = ['train', '--config', 'run/config.yaml', '--lr', '0.01', '--json', '--log-every', '1']
    const outcome = await ghostgrad([...more, '--out', 'second'], { cwd })
    expect(events(outcome, 'step')).toMatchObject([{ step: 1, lr: 0.01 }])
    expect(await ghostgrad([...more, '--out', 'second'], { cwd })).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'ghostgrad: second already holds a run: go on with it by --resume second, or choose another folder by --out\n',
    })
  })

  it('stops a run that diverges and names the layer', async () => {
    const outcome = await ghostgrad([...tiny, '--lr', '1e30', '--max-steps', '5', '--json'], { cwd: newFolder() })
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(
      /(^|\n)ghostgrad: step 2 \(epoch 1, lr 1e\+30\): the loss is NaN: \S+ \(\w+\) is the first layer whose output is not finite.*; try a lower lr, warm-up or clipNorm\n$/,
    )
  })
})

describe('train --resume', () => {
  it('after Ctrl-C continues to the same bits as an unbroken run', async () => {
    const [whole, broken] = [newFolder(), newFolder()]
    const flags = [...tiny, '--batch-size', '16', '--max-steps', '10', '--log-every', '1', '--ema', '0.9', '--json']
    expect((await ghostgrad(flags, { cwd: whole })).code).toBe(0)

    const stopped = await ghostgrad(flags, {
      cwd: broken,
      onLine: (line) => {
        const { event, step } = JSON.parse(line)
        if (event === 'step' && step === 3) process.emit('SIGINT')
      },
    })
    const { step } = readCheckpoint(join(broken, 'run', 'checkpoint.safetensors')).record.progress
    expect(step).toBeGreaterThanOrEqual(3)
    expect(step).toBeLessThan(10)
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toContain(
      `ghostgrad: stopped after step ${step} (0 epochs done) and saved; go on with: npx ghostgrad train --resume run\n`,
    )
    expect(jsonLines(stopped).at(-1)).toMatchObject({ event: 'done', reason: 'interrupted', step })

    expect((await ghostgrad(['train', '--resume', 'run', '--json'], { cwd: broken })).code).toBe(0)
    const weights = (folder: string) => readFileSync(join(folder, 'run', 'model.safetensors'))
    expect(weights(broken).equals(weights(whole))).toBe(true)
    const tensors = (folder: string) => digests(loadSafetensors(join(folder, 'run', 'checkpoint.safetensors')).tensors)
    expect(tensors(broken)).toEqual(tensors(whole))
    const losses = (folder: string) =>
      read(folder)('steps.jsonl')
        .trim()
        .split('\n')
        .map((line) => [JSON.parse(line).step, JSON.parse(line).loss])
    expect(losses(broken)).toEqual(losses(whole))
  })

  it('trains on with more epochs, and refuses what would make it another run', async () => {
    const cwd = newFolder()
    await ghostgrad([...tiny, '--max-steps', '1'], { cwd })
    const resume = ['train', '--resume', 'run']
    const complete = await ghostgrad(resume, { cwd })
    expect([complete.code, complete.stderr]).toEqual([
      2,
      'ghostgrad: run is complete (0 epochs, 1 step): to train on, give more --epochs or --max-steps\n',
    ])
    const other = await ghostgrad([...resume, '--batch-size', '32'], { cwd })
    expect([other.code, other.stderr]).toEqual([
      2,
      'ghostgrad: --batch-size: a run that is resumed keeps its batchSize (64, got 32); what may change: data, ' +
        'labels, labelColumn, imageColumn, epochs, maxSteps, patience, dataDir, offline, evalBatchSize, backend, threads, logEvery, saveEvery, tensorboard\n',
    ])
    const onward = await ghostgrad([...resume, '--max-steps', '2', '--log-every', '1', '--json'], { cwd })
    expect(events(onward, 'step')).toMatchObject([{ step: 2 }])
    expect(existsSync(join(cwd, 'run', 'metrics.csv'))).toBe(false)
  })

  it('says if it goes on with another backend', async () => {
    const cwd = newFolder()
    await ghostgrad([...tiny, '--max-steps', '1'], { cwd })
    const { stdout } = await ghostgrad(['train', '--resume', 'run', '--threads', '2', '--max-steps', '2'], { cwd })
    expect(stdout).toMatch(
      /(^|\n)this run was on "wasm .* 1 thread", now it is on "wasm .* 2 threads": last bits may differ\n/,
    )
  })
})
