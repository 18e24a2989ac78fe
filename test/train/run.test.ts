import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { AdamW } from '../../src/optim/adamW.js'
import { EMA } from '../../src/optim/ema.js'
import { cosine } from '../../src/optim/schedule.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import type { PartialConfig } from '../../src/train/config.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'
import { Run } from '../../src/train/run.js'
import { Trainer } from '../../src/train/trainer.js'
import { readWeights } from '../../src/train/weights.js'
import { TinyNet, temporaryFolders, tinyLoader } from './support.js'

beforeAll(() => setBackend(new ReferenceBackend()))

const newFolder = temporaryFolders()

const recipes: Record<string, PartialConfig> = {
  'sgd with momentum': {},
  'adamw with an average': { optimizer: 'adamw', ema: 0.8 },
}

/** A run of the tiny network: three epochs of four steps, with dropout, a new order each epoch and a falling rate. */
function tinyRun(folder: string, settings: PartialConfig = {}): Run {
  mkdirSync(folder, { recursive: true })
  const config = readConfig(objectLayer({ logEvery: 1, ...settings }, 'here'))
  const generator = new Generator(0)
  const model = new TinyNet(generator)
  const { optimizer, ema } = config
  const trainer = new Trainer({
    ...{ model, epochs: 3, schedule: cosine({ lr: 0.1, steps: 12 }) },
    ...{ trainLoader: tinyLoader(16, 4), testLoader: tinyLoader(9, 4, 'sequential') },
    optimizer:
      optimizer === 'adamw'
        ? new AdamW(model.namedParameters(), { lr: 1 })
        : new SGD(model.namedParameters(), { lr: 1, momentum: 0.9 }),
    ...(ema > 0 ? { ema: new EMA([...model.namedParameters(), ...model.namedBuffers()], { decay: ema }) } : {}),
  })
  return new Run({ config, folder, trainer, generator })
}

/** Train up to a step, as if Ctrl-C had come then. */
async function trainUntil(run: Run, step: number): Promise<void> {
  const stop = new AbortController()
  const onStep = (event: { step: number }) => void (event.step === step && stop.abort())
  expect(await run.train({ onStep }, stop.signal)).toBe('interrupted')
}

/** A new run in the same folder that takes up its checkpoint. */
function resumed(folder: string, settings?: PartialConfig): Run {
  const run = tinyRun(folder, settings)
  run.restore(readCheckpoint(join(folder, 'checkpoint.safetensors')))
  return run
}

const text = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')

/** Logged steps without the times. */
const loggedSteps = (folder: string) =>
  text(folder, 'steps.jsonl')
    .trim()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), imagesPerSecond: 0, seconds: 0 }))

/** Rows of the CSV without the columns of times. */
const loggedEpochs = (folder: string) =>
  text(folder, 'metrics.csv')
    .trim()
    .split('\n')
    .map((line) => line.split(',').filter((_, column) => column !== 6 && column !== 8))

describe('Run', () => {
  for (const [name, settings] of Object.entries(recipes)) {
    it(`continues an interrupted run to the same bits and logs: ${name}`, async () => {
      const [whole, broken] = [newFolder(), newFolder()]
      await tinyRun(whole, settings).train()
      await trainUntil(tinyRun(broken, settings), 2) // within the first epoch
      await trainUntil(resumed(broken, settings), 8) // at the end of the second, before its evaluation
      await trainUntil(resumed(broken, settings), 11)
      await resumed(broken, settings).train()

      const [expected, actual] = [whole, broken].map((folder) => readCheckpoint(join(folder, 'checkpoint.safetensors')))
      expect(actual!.model).toEqual(expected!.model)
      expect(actual!.optimizer).toEqual(expected!.optimizer)
      expect(actual!.ema).toEqual(expected!.ema)
      expect(actual!.ema === null).toBe(settings.ema === undefined)
      expect(actual!.record.generator).toEqual(expected!.record.generator)
      expect(actual!.record.progress.best).toEqual(expected!.record.progress.best)
      for (const file of ['model.safetensors', 'best.safetensors']) {
        expect(readFileSync(join(broken, file))).toEqual(readFileSync(join(whole, file)))
      }
      expect(loggedSteps(broken)).toEqual(loggedSteps(whole))
      expect(loggedSteps(broken).map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
      expect(loggedEpochs(broken)).toEqual(loggedEpochs(whole))
    })
  }

  it('cuts off what was logged after the checkpoint that it goes on from', async () => {
    const folder = newFolder()
    const run = tinyRun(folder)
    const crash = new Error('the power went')
    const onStep = ({ step }: { step: number }) => {
      if (step === 7) throw crash // three steps after the checkpoint of the first epoch
    }
    await expect(run.train({ onStep })).rejects.toBe(crash)
    expect(loggedSteps(folder).length).toBe(7)
    const again = resumed(folder)
    expect(loggedSteps(folder).length).toBe(4)
    await again.train()
    expect(loggedSteps(folder).map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
    expect(loggedEpochs(folder).map(([epoch]) => epoch)).toEqual(['epoch', '1', '2', '3'])
  })

  it('saves every so many steps where that was asked for', async () => {
    const folder = newFolder()
    const run = tinyRun(folder, { saveEvery: 3 })
    const savedAt: number[] = []
    const onStep = () => {
      const file = join(folder, 'checkpoint.safetensors')
      if (existsSync(file)) savedAt.push(readCheckpoint(file).record.progress.step)
    }
    await run.train({ onStep })
    // 4 and 8 are ends of epochs; at step 9 the checkpoint of 8 has been replaced already.
    expect([...new Set(savedAt)]).toEqual([3, 4, 6, 9, 12])
  })

  it('exports the average where there is one, under the names of the model', async () => {
    const folder = newFolder()
    const run = tinyRun(folder, recipes['adamw with an average'])
    await run.train()
    const { weights, info } = readWeights(folder)
    const { model, ema } = run.trainer.options
    expect(Object.keys(weights).sort()).toEqual(Object.keys(model.stateDict()).sort())
    expect(weights['fc.weight']).toEqual(ema!.stateDict()['fc.weight'])
    expect(weights['fc.weight']).not.toEqual(model.stateDict()['fc.weight'])
    expect(info).toMatchObject({ format: 'pt', model: 'ghost-resnet20', data: 'cifar10', epoch: '3' })
    expect(readWeights(join(folder, 'checkpoint.safetensors')).weights['fc.weight']).toEqual(
      model.stateDict()['fc.weight'],
    )
  })

  it('writes one row an epoch and leaves no temporary files', async () => {
    const folder = newFolder()
    await tinyRun(folder).train()
    expect(text(folder, 'metrics.csv').split('\n')[0]).toBe(
      'epoch,step,trainLoss,trainAccuracy,testLoss,testAccuracy,imagesPerSecond,lr,seconds',
    )
    expect(readdirSync(folder).sort()).toEqual([
      ...[
        'best.safetensors',
        'checkpoint.previous.safetensors',
        'checkpoint.safetensors',
        'metrics.csv',
        'model.safetensors',
      ],
      ...['sessions.jsonl', 'steps.jsonl'],
    ])
  })
})
