import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DataLoader } from '../../src/data/loader.js'
import { stratifiedSplit } from '../../src/data/split.js'
import { augmentByName } from '../../src/data/transforms.js'
import { AdamW } from '../../src/optim/adamW.js'
import { EMA } from '../../src/optim/ema.js'
import { JointOptimizer } from '../../src/optim/jointOptimizer.js'
import { Lookahead } from '../../src/optim/lookahead.js'
import { Muon } from '../../src/optim/muon.js'
import { cosine, linear } from '../../src/optim/schedule.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { freeze } from '../../src/train/freeze.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'
import { Run } from '../../src/train/run.js'
import { Trainer, type TrainerOptions } from '../../src/train/trainer.js'
import { TinyNet, temporaryFolders, tinyDataset } from './support.js'

const newFolder = temporaryFolders()

/**
 * Mixup and CutMix, RandAugment, accumulation, an average, class weights, smoothing, clipping, a validation split, patience and dropout:
 * 45 images, 36 of them for training, in batches of 4, two an update: four updates an epoch, and a batch that is left out.
 */
function runOfEverything(folder: string, options: Partial<TrainerOptions> = {}, isJoint = false): Run {
  mkdirSync(folder, { recursive: true })
  const config = readConfig(objectLayer({ logEvery: 1, ema: 0.8, seed: 3 }, 'here'))
  const generator = new Generator(0)
  const model = new TinyNet(generator)
  const dataset = tinyDataset(45)
  const { train, validation } = stratifiedSplit(dataset, 0.2, 3)
  const trainLoader = new DataLoader(dataset, {
    ...{ batchSize: 4, order: 'shuffle', seed: 3, indexes: train, dropLast: true },
    ...{ augment: augmentByName('rand-m9-n2')!, mix: { mixup: 0.8, cutmix: 1 } },
  })
  const trainer = new Trainer({
    ...{ model, trainLoader, epochs: 3, schedule: cosine({ lr: 0.1, steps: 12 }), replay: true },
    ...{ accumulate: 2, classWeights: [1, 2, 0.5], labelSmoothing: 0.1, clipNorm: 1, patience: 50 },
    validationLoader: new DataLoader(dataset, { batchSize: 4, indexes: validation }),
    testLoader: new DataLoader(tinyDataset(6), { batchSize: 4 }),
    optimizer: new SGD(model.namedParameters(), { lr: 1, momentum: 0.9 }),
    ema: new EMA([...model.namedParameters(), ...model.namedBuffers()], { decay: 0.8 }),
    ...(isJoint ? jointOf(model) : {}),
    ...options,
  })
  return new Run({ config, folder, trainer, generator })
}

/**
 * Muon for the convolution, SGD for the rest, the convolution's batch norm for two epochs alone and by a course of its
 * own; slow weights.
 */
function jointOf(model: TinyNet): Partial<TrainerOptions> {
  const state = [...model.namedParameters(), ...model.namedBuffers()]
  const named = (pattern: RegExp) => [...model.namedParameters()].filter(([name]) => pattern.test(name))
  const optimizer = new JointOptimizer([
    { optimizer: new Muon(named(/^conv/), { lr: 1, momentum: 0.6, normalize: true }) },
    { optimizer: new SGD(named(/^fc/), { lr: 1, momentum: 0.9 }) },
    {
      optimizer: new AdamW(named(/^bn/), { lr: 0.01 }),
      schedule: linear({ lr: 0.01, steps: 8 }),
      steps: 8,
    },
  ])
  return {
    optimizer,
    lookahead: new Lookahead(state, { every: 2, steps: 12 }),
    ema: new EMA(state, { decay: 0.8, warmup: true }),
    evalEvery: 2,
  }
}

async function trainUntil(run: Run, step: number): Promise<void> {
  const stop = new AbortController()
  const onStep = (event: { step: number }) => void (event.step === step && stop.abort())
  expect(await run.train({ onStep }, stop.signal)).toBe('interrupted')
  await run.close()
}

function resumed(folder: string, isJoint = false): Run {
  const run = runOfEverything(folder, {}, isJoint)
  run.restore(readCheckpoint(join(folder, 'checkpoint.safetensors')))
  return run
}

const wasm = new WasmBackend({ threads: 1 })
afterAll(() => wasm.close())

describe.each([
  ['the reference backend', () => new ReferenceBackend()],
  ['the fast one, replayed', () => wasm],
])('a run with everything on, on %s', (_, backend) => {
  beforeAll(() => setBackend(backend()))

  it.each([
    ['one optimizer', false],
    ['several optimizers, and slow weights', true],
  ])('goes on after interruptions to the bits and logs of an unbroken one, with %s', async (_, isJoint) => {
    const [whole, broken] = [newFolder(), newFolder()]
    const unbroken = runOfEverything(whole, {}, isJoint)
    expect(await unbroken.train()).toBe('finished')
    await unbroken.close()
    for (const step of [2, 4, 11]) {
      const run = step === 2 ? runOfEverything(broken, {}, isJoint) : resumed(broken, isJoint)
      await trainUntil(run, step)
    }
    const last = resumed(broken, isJoint)
    expect(await last.train()).toBe('finished')
    await last.close()

    for (const file of ['model.safetensors', 'best.safetensors']) {
      expect(Buffer.compare(readFileSync(join(broken, file)), readFileSync(join(whole, file)))).toBe(0)
    }
    const [a, b] = [whole, broken].map((folder) => readCheckpoint(join(folder, 'checkpoint.safetensors')))
    expect(b!.model).toEqual(a!.model)
    expect(b!.optimizer).toEqual(a!.optimizer)
    expect(b!.ema).toEqual(a!.ema)
    expect(b!.lookahead).toEqual(a!.lookahead)
    expect(a!.lookahead === null).toBe(!isJoint)
    const { seconds: _a, running: _b, ...progress } = b!.record.progress
    expect(a!.record.progress).toMatchObject(progress)
    expect(progress).toMatchObject({ step: 12, epochs: 3, test: { epoch: 3 } })
  })

  it('computes the same replayed and not', async () => {
    const states = []
    for (const replay of [true, false]) {
      const run = runOfEverything(newFolder(), { replay, epochs: 1 })
      await run.train()
      await run.close()
      states.push(run.trainer.options.model.stateDict())
    }
    expect(states[0]).toEqual(states[1])
  })

  it('leaves frozen parts as they are, statistics included', async () => {
    const run = runOfEverything(newFolder(), { epochs: 1 })
    const { model } = run.trainer.options
    freeze(model, ['*', '!fc.*'])
    const before = model.stateDict()
    await run.train()
    await run.close()
    for (const [name, { data }] of Object.entries(model.stateDict())) {
      const isSame = Buffer.compare(Buffer.from(data.buffer), Buffer.from(before[name]!.data.buffer)) === 0
      expect(isSame, name).toBe(!name.startsWith('fc.'))
    }
  })
})

describe('the test images', () => {
  beforeAll(() => setBackend(new ReferenceBackend()))

  it('are evaluated once, at the end, with the weights of the best epoch', async () => {
    const folder = newFolder()
    const run = runOfEverything(folder)
    const seen: number[] = []
    await run.train({ onEvaluation: ({ totalImages }) => void seen.push(totalImages) })
    await run.close()
    expect(seen.filter((images) => images === 6)).toHaveLength(2)
    expect(seen.slice(-2)).toEqual([6, 6])
    const rows = readFileSync(join(folder, 'metrics.csv'), 'utf8').trim().split('\n')
    expect(rows[0]).toBe(
      'epoch,step,trainLoss,trainAccuracy,valLoss,valAccuracy,testLoss,testAccuracy,imagesPerSecond,lr,seconds',
    )
    expect(rows).toHaveLength(4)
    const { test, best } = run.trainer.progress
    expect(test!.accuracy * 6).toBeCloseTo(Math.round(test!.accuracy * 6))
    const accuracies = rows.slice(1).map((row) => Number(row.split(',')[5]))
    expect(best!.accuracy).toBe(Math.max(...accuracies))
    expect(run.isDone).toBe(true)
  })
})
