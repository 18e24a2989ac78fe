import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { StateDict } from '../../src/tensor/stateDict.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { writeWeights } from '../../src/train/weights.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, jsonLines } from './support.js'

const newFolder = temporaryFolders()
setBackend(new ReferenceBackend())
vi.setConfig({ testTimeout: 180_000 })

const tiny = [
  ...['train', '--data', 'cifar10-sample', '--model', 'mobilenetv1', '--width', '0.1', '--threads', '1'],
  ...['--batch-size', '25', '--lr', '0.05', '--json', '--log-every', '1'],
]

const digests = (tensors: StateDict) =>
  Object.entries(tensors).map(([name, { data }]) => [name, createHash('md5').update(data).digest('hex')])

const digestOf = (file: string) => createHash('md5').update(readFileSync(file)).digest('hex')

describe('all features at once', () => {
  it('an interrupted run comes to the bits of an unbroken one', async () => {
    const cwd = newFolder()
    const everything = [
      ...['--epochs', '2', '--val-split', '0.4', '--accumulate', '2', '--ema', '0.9', '--augment', 'rand-m9-n2'],
      ...[
        '--mixup',
        '0.2',
        '--cutmix',
        '1',
        '--class-weights',
        'balanced',
        '--patience',
        '5',
        '--label-smoothing',
        '0.1',
      ],
    ]
    const whole = await ghostgrad([...tiny, ...everything, '--out', 'whole'], { cwd })
    const note = 'patience 5 cannot stop a run of 2 epochs early\n'
    expect([whole.code, whole.stderr]).toEqual([0, note])
    const done = jsonLines(whole).at(-1)!
    expect(done).toMatchObject({ reason: 'finished', step: 12, epochs: 2 }) // 300 images, 50 an update
    expect(done.testAccuracy).toBeGreaterThanOrEqual(0)
    const [epoch] = jsonLines(whole).filter(({ event }) => event === 'epoch')
    expect(epoch).toMatchObject({ testLoss: null, testAccuracy: null })

    const first = await ghostgrad([...tiny, ...everything, '--out', 'broken', '--max-steps', '3'], { cwd })
    expect(jsonLines(first).at(-1)).toMatchObject({ reason: 'max-steps', step: 3, epochs: 0 })
    const second = await ghostgrad(['train', '--resume', 'broken', '--max-steps', '100', '--json'], { cwd })
    expect([second.code, second.stderr]).toEqual([0, `maxSteps 100 has no effect: the run has 12 steps\n${note}`])
    for (const file of ['model.safetensors', 'best.safetensors']) {
      expect(digestOf(join(cwd, 'broken', file))).toBe(digestOf(join(cwd, 'whole', file)))
    }
    const [a, b] = ['whole', 'broken'].map((name) => readCheckpoint(join(cwd, name, 'checkpoint.safetensors')))
    for (const part of ['model', 'optimizer', 'ema'] as const) expect(digests(b![part]!)).toEqual(digests(a![part]!))
    expect(b!.record.progress.test).toEqual(a!.record.progress.test)
    const again = await ghostgrad(['train', '--resume', 'broken'], { cwd })
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is complete (2 epochs, 12 steps)')])
  })
})

describe('trials', () => {
  const trials = () => readdirSync(tmpdir()).filter((name) => name.startsWith('ghostgrad-trial-'))

  it('--fast-dev-run is one step and leaves nothing, unless it is asked to', async () => {
    const cwd = newFolder()
    const before = trials()
    const flags = [...tiny, '--fast-dev-run', '--epochs', '7', '--val-split', '0.1']
    const outcome = await ghostgrad(flags, { cwd })
    expect(outcome.code).toBe(0)
    expect(jsonLines(outcome).map(({ event }) => event)).toEqual(['step', 'epoch', 'done'])
    expect(readdirSync(cwd)).toEqual([])
    expect(trials().filter((name) => !before.includes(name))).toEqual([])
    await ghostgrad([...flags, '--out', 'kept'], { cwd })
    expect(existsSync(join(cwd, 'kept', 'checkpoint.safetensors'))).toBe(true)
  })

  it('--overfit-batches learns its images and is judged by them', async () => {
    const cwd = newFolder()
    const flags = ['--overfit-batches', '1', '--epochs', '40', '--optimizer', 'adamw', '--lr', '0.01', '--out', 'run']
    const outcome = await ghostgrad([...tiny, ...flags], { cwd })
    const last = jsonLines(outcome)
      .filter(({ event }) => event === 'epoch')
      .at(-1)!
    expect(last).toMatchObject({ epoch: 40, step: 40, testLoss: null })
    expect(last.trainLoss).toBeLessThan(1)
  })
})

describe('fine-tuning', () => {
  it('gives a network for other classes a new classifier and trains that alone, resumed too', async () => {
    const cwd = newFolder()
    const model = createModel('mobilenetv1', { width: 0.1, numClasses: 7, seed: 5 })
    writeWeights(join(cwd, 'seven.safetensors'), model.stateDict(), {
      model: 'mobilenetv1',
      modelOptions: JSON.stringify({ width: 0.1, numClasses: 7 }),
    })
    const [head] = [...model.namedParameters()].slice(-1).map(([name]) => name.replace(/\.\w+$/, ''))
    const flags = ['--data', 'cifar10-sample', '--threads', '1', '--batch-size', '50', '--epochs', '2', '--lr', '0.01']
    const tuning = ['train', '--init', 'seven.safetensors', '--freeze', `*,!${head}.*`, ...flags, '--out', 'tuned']
    const { stdout, stderr, code } = await ghostgrad([...tuning, '--max-steps', '3'], { cwd })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(
      `seven.safetensors is for 7 classes, here there are 10: ${head}.weight and ${head}.bias start anew\n`,
    )
    expect(stdout).toMatch(/\nfrozen: \d+ of \d+ parameters, with [\d,]+ of [\d,]+ weights\n/)
    await ghostgrad(['train', '--resume', 'tuned', '--max-steps', '6'], { cwd })
    const tuned = readCheckpoint(join(cwd, 'tuned', 'checkpoint.safetensors'))
    expect(tuned.record.progress.step).toBe(6)
    const before = Object.fromEntries(digests(model.stateDict()))
    const changed = digests(tuned.model).filter(([name, digest]) => before[name!] !== digest)
    expect(changed.map(([name]) => name)).toEqual([`${head}.bias`, `${head}.weight`])
    expect(Object.keys(tuned.optimizer).every((name) => name.startsWith(head!))).toBe(true)
  })
})

describe('class weights', () => {
  it('come from a file, whose numbers are then the setting', async () => {
    const cwd = newFolder()
    writeFileSync(join(cwd, 'weights.txt'), '1, 1, 1, 1, 1\n2 2 2 2 0.5\n')
    const flags = ['--class-weights', 'weights.txt', '--max-steps', '1', '--out', 'run']
    expect((await ghostgrad([...tiny, ...flags], { cwd })).code).toBe(0)
    const config = parse(readFileSync(join(cwd, 'run', 'config.yaml'), 'utf8'))
    expect(config.classWeights).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 0.5])
  })
})

describe('eval', () => {
  it('--tta flip averages an image with its mirror image', async () => {
    const cwd = newFolder()
    await ghostgrad([...tiny, '--fast-dev-run', '--out', 'run'], { cwd })
    const evaluate = async (...flags: string[]) =>
      jsonLines(await ghostgrad(['eval', '--weights', 'run', '--threads', '1', '--json', ...flags], { cwd }))[0]!
    const [plain, mirrored] = [await evaluate(), await evaluate('--tta', 'flip')]
    expect(mirrored).toMatchObject({ images: 200 })
    expect(mirrored.loss).not.toBe(plain.loss)
    expect(mirrored.loss as number).toBeCloseTo(plain.loss as number, 0)
  })
})

describe('muon and groups of parameters', () => {
  it("train any network by flags alone, and are in the run's configuration", async () => {
    const cwd = newFolder()
    const groups = 'classifier.* optimizer=adamw lr=0.01 epochs=1,*.bias weightDecay=0'
    const flags = [
      '--data',
      'cifar10-sample',
      '--model',
      'ghostnet',
      '--width',
      '0.1',
      '--threads',
      '1',
      '--batch-size',
      '50',
    ]
    const { code, stderr } = await ghostgrad(
      [
        'train',
        ...flags,
        '--max-steps',
        '3',
        '--optimizer',
        'muon',
        '--param-groups',
        groups,
        '--out',
        'run',
        '--tta',
        'translate',
      ],
      { cwd },
    )
    expect([code, stderr]).toEqual([0, ''])
    const config = parse(readFileSync(join(cwd, 'run', 'config.yaml'), 'utf8'))
    expect(config).toMatchObject({ optimizer: 'muon', lr: 0.02, nesterov: true, tta: 'translate' })
    expect(config.paramGroups).toEqual([
      { params: ['classifier.*'], optimizer: 'adamw', lr: 0.01, epochs: 1 },
      { params: ['*.bias'], weightDecay: 0 },
    ])
    const { optimizer } = readCheckpoint(join(cwd, 'run', 'checkpoint.safetensors'))
    expect(Object.keys(optimizer)).toContain('classifier.weight.exp_avg')
    expect(Object.keys(optimizer)).toContain('conv_stem.weight.momentum_buffer')
  })
})

describe('settings that do not go together are refused before work starts', () => {
  it.each([
    ['--overfit-batches 1 --val-split 0.1', '--overfit-batches and --val-split exclude each other'],
    ['--overfit-batches 1 --mixup 1', '--overfit-batches and --mixup exclude each other'],
    ['--fast-dev-run --patience 2', '--fast-dev-run and --patience exclude each other'],
    [
      '--cutmix 1 --batch-size 1',
      '--cutmix: images are mixed within a batch: expected --batch-size of at least 2, got 1',
    ],
    ['--val-split 1', '--val-split: expected a number between 0 and 1, got 1'],
    [
      '--augment rand-m9',
      '--augment: expected one of none, crop, standard, cutout, translate-pN or translate-pN-alternate with N pixels, or rand-mM-nN',
    ],
    ['--class-weights 1,2', 'classWeights: expected 10 numbers, one for each class'],
    ['--class-weights 1,-2', 'classWeights: cannot read the file 1,-2'],
    ['--accumulate 30', 'batchSize · accumulate is 750: more than the 500 training images'],
    ['--freeze layer9.*', 'freeze: "layer9.*" fits none of the'],
  ])('%s', async (flags, message) => {
    const cwd = newFolder()
    const { code, stderr } = await ghostgrad([...tiny, ...flags.split(' ')], { cwd })
    expect(stderr).toContain(message)
    expect(code).toBe(message.includes('cannot read') ? 1 : 2)
    expect(readdirSync(cwd)).toEqual([])
  })
})
