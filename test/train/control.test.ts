import { beforeAll, describe, expect, it } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { DataLoader } from '../../src/data/loader.js'
import { alone } from '../../src/distributed/communicator.js'
import { Linear } from '../../src/nn/linear.js'
import { Module } from '../../src/nn/module.js'
import { constant } from '../../src/optim/schedule.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { joinEvents, type TrainEndEvent } from '../../src/train/events.js'
import { Trainer, type TrainerOptions } from '../../src/train/trainer.js'
import { tinyDataset, tinyLoader } from './support.js'

beforeAll(() => setBackend(new ReferenceBackend()))

/** Two layers without batch norm or dropout. */
class Plain extends Module {
  readonly hidden: Linear
  readonly fc: Linear
  constructor() {
    super()
    const generator = new Generator(2)
    this.hidden = new Linear(16, 8, { generator })
    this.fc = new Linear(8, 3, { generator })
  }
  forward(x: Tensor): Tensor {
    return this.fc.call(F.relu(this.hidden.call(F.flatten(x))))
  }
}

function trainer(options: Partial<TrainerOptions> = {}): Trainer {
  const model = new Plain()
  return new Trainer({
    ...{ model, epochs: 2, schedule: constant(0.1), trainLoader: tinyLoader(24, 4) },
    optimizer: new SGD(model.namedParameters(), { lr: 1, momentum: 0.9, weightDecay: 1e-3 }),
    testLoader: tinyLoader(9, 4, 'sequential'),
    ...options,
  })
}

const loader = (count: number, batchSize: number, dropLast = false) =>
  new DataLoader(tinyDataset(count), { batchSize, order: 'shuffle', seed: 1, worker: false, dropLast })

describe('accumulation', () => {
  it.each([
    ['whole updates', 24, false],
    ['a last update of one batch and a half', 30, false],
    ['with dropLast, without it', 30, true],
  ])('is the larger batch, but for rounding: %s', async (_, count, dropLast) => {
    const large = trainer({ trainLoader: loader(count, 12, dropLast) })
    const parts = trainer({ trainLoader: loader(count, 4, dropLast), accumulate: 3, clipNorm: 100 })
    const losses: number[][] = [[], []]
    for (const [i, it] of [large, parts].entries()) {
      await it.fit({ events: { onStep: ({ loss }) => void losses[i]!.push(loss) } })
    }
    expect(parts.stepsPerEpoch).toBe(large.stepsPerEpoch)
    expect(losses[1]).toHaveLength(losses[0]!.length)
    losses[0]!.forEach((loss, i) => {
      expect(losses[1]![i]).toBeCloseTo(loss, 5)
    })
    const [a, b] = [large, parts].map(({ options }) => options.model.stateDict())
    for (const [name, { data }] of Object.entries(a!)) {
      data.forEach((value, i) => {
        expect(b![name]!.data[i]).toBeCloseTo(value, 5)
      })
    }
  })
})

describe('early stopping', () => {
  it('comes when patience is at an end, and a larger one goes on', async () => {
    const stuck = trainer({ epochs: 9, schedule: constant(0), patience: 2 })
    expect(await stuck.fit()).toBe('early-stopped')
    expect(stuck.progress).toMatchObject({ epochs: 3, best: { epoch: 1 } })
    expect(stuck.isDone).toBe(true)
    const longer = trainer({ epochs: 9, schedule: constant(0), patience: 4 })
    longer.progress = stuck.progress
    expect(longer.isDone).toBe(false)
    expect(await longer.fit()).toBe('early-stopped')
    expect(longer.progress.epochs).toBe(5)
  })

  it('does not come while things get better', async () => {
    const learning = trainer({ epochs: 6, patience: 1, monitor: 'loss', schedule: constant(0.01) })
    const losses: number[] = []
    expect(await learning.fit({ events: { onEpoch: ({ testLoss }) => void losses.push(testLoss!) } })).toBe('finished')
    expect(losses).toEqual([...losses].sort((a, b) => b - a))
    expect(learning.progress.best).toMatchObject({ epoch: 6, loss: losses[5] })
  })

  it('watches the validation images where there are some', async () => {
    const epochs: object[] = []
    const it = trainer({ epochs: 1, validationLoader: tinyLoader(6, 3, 'sequential') })
    await it.fit({ events: { onEpoch: (event) => void epochs.push(event) } })
    expect(epochs[0]).toMatchObject({ testLoss: null, testAccuracy: null, isBest: true })
    expect(epochs[0]).toHaveProperty('valAccuracy', it.progress.best!.accuracy)
  })
})

describe('handlers', () => {
  it('can stop after a step, and training goes on from there', async () => {
    const it = trainer()
    const ends: TrainEndEvent[] = []
    const onTrainEnd = (event: TrainEndEvent) => void ends.push(event)
    const events = joinEvents([
      { onTrainEnd },
      { onStep: ({ step }, control) => (step === 2 ? control.stop() : undefined) },
    ])
    expect(await it.fit({ events })).toBe('stopped')
    expect(it.progress.step).toBe(2)
    expect(await it.fit({ events: { onTrainEnd } })).toBe('finished')
    expect(ends.map(({ reason, step, epochs }) => [reason, step, epochs])).toEqual([
      ['stopped', 2, 0],
      ['finished', 12, 2],
    ])
    expect(ends[1]!.best).toEqual(it.progress.best)
  })

  it('can stop after an epoch', async () => {
    const it = trainer({ epochs: 5 })
    const reason = await it.fit({ events: { onEpoch: ({ epoch }, { stop }) => (epoch === 2 ? stop() : undefined) } })
    expect([reason, it.progress.epochs]).toEqual(['stopped', 2])
  })
})

describe('one of several processes', () => {
  /** As if another process were there: `other` is what it adds to each sum. */
  const beside = (other: number) => {
    const votes: number[] = []
    const communicator = {
      ...alone,
      allReduce(values: Float32Array | Float64Array) {
        votes.push(values[0]!)
        values[0]! += other
      },
    }
    return { communicator, votes }
  }

  it('tells the others before it stops between two epochs, so that none waits for it', async () => {
    const { communicator, votes } = beside(0)
    expect(await trainer({ communicator }).fit({ signal: AbortSignal.abort() })).toBe('interrupted')
    expect(votes).toEqual([1])
  })

  it('stops with them when another one is asked to', async () => {
    const { communicator, votes } = beside(1)
    const own = trainer({ communicator })
    expect(await own.fit()).toBe('interrupted')
    expect([votes, own.progress.step]).toEqual([[0], 0])
  })
})
