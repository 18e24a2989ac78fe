import { beforeAll, describe, expect, it } from 'vitest'
import { constant } from '../../src/optim/schedule.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { evaluate } from '../../src/train/evaluate.js'
import { type FitModelOptions, fit as fitModel } from '../../src/train/fit.js'
import { freeze } from '../../src/train/freeze.js'
import { TinyNet, tinyDataset, tinyLoader } from './support.js'

beforeAll(() => setBackend(new ReferenceBackend()))

const net = () => new TinyNet(new Generator(0))

const train = (options: Partial<FitModelOptions> = {}, model = net()) =>
  fitModel(model, { train: tinyDataset(30), epochs: 2, batchSize: 10, ...options })

describe('fit', () => {
  it('trains, tells its callbacks, and returns the epochs', async () => {
    const told: string[] = []
    const history = await train({
      validation: tinyDataset(9),
      callbacks: [
        {
          onStep: ({ step }) => void told.push(`step ${step}`),
          onEpoch: ({ epoch }) => void told.push(`epoch ${epoch}`),
        },
        { onTrainEnd: ({ reason }) => void told.push(reason) },
      ],
    })
    expect(told).toEqual(['step 1', 'step 2', 'step 3', 'epoch 1', 'step 4', 'step 5', 'step 6', 'epoch 2', 'finished'])
    expect(history).toMatchObject({ reason: 'finished', step: 6, epochs: 2 })
    expect(history.records.map(({ epoch }) => epoch)).toEqual([1, 2])
    expect(history.records[1]!.valAccuracy).toBeGreaterThanOrEqual(0)
    expect(history.best!.accuracy).toBe(Math.max(...history.records.map(({ valAccuracy }) => valAccuracy!)))
  })

  it('learns, with nothing but images given', async () => {
    const { records } = await train({ epochs: 8 })
    expect(records.at(-1)!.trainLoss).toBeLessThan(records[0]!.trainLoss)
    expect(records[0]).toMatchObject({ testLoss: null, isBest: false })
    expect(records[0]).not.toHaveProperty('valLoss')
  })

  it('holds out a share for validation', async () => {
    const images: number[] = []
    const callbacks = [{ onEvaluation: ({ totalImages }: { totalImages: number }) => void images.push(totalImages) }]
    const { step } = await train({ validation: 0.2, batchSize: 8, callbacks })
    expect(new Set(images)).toEqual(new Set([6]))
    expect(step).toBe(6) // 24 images in batches of 8
  })

  it('stops out of patience and puts the best weights back, in evaluation mode', async () => {
    const model = net()
    // Each step throws the weights far away: nothing is better than after the first epoch, or chance alone.
    const optimizer = new SGD(model.namedParameters(), { lr: 0.1 })
    const validation = tinyLoader(9, 9, 'sequential')
    const schedule = (step: number) => (step < 3 ? 0.05 : 50)
    const monitor = 'loss'
    const history = await train(
      { optimizer, schedule, validation, monitor, epochs: 9, patience: 2, restoreBest: true },
      model,
    )
    expect(history.reason).toBe('early-stopped')
    expect(model.training).toBe(false)
    const { loss } = await evaluate(model, validation)
    expect(loss).toBe(history.best!.loss)
  })

  it('can be stopped by a callback and by a signal', async () => {
    const { reason, step } = await train({ callbacks: [{ onStep: (_, { stop }) => stop() }] })
    expect([reason, step]).toEqual(['stopped', 1])
    expect((await train({ signal: AbortSignal.abort() })).reason).toBe('interrupted')
  })

  it('trains what is not frozen, and takes loaders', async () => {
    const model = net()
    freeze(model, ['conv.*'])
    const before = [...model.conv.weight.data]
    await train({ train: tinyLoader(12, 4), schedule: constant(0.1) }, model)
    expect([...model.conv.weight.data]).toEqual(before)
    await expect(train({ train: tinyLoader(12, 4), validation: 0.1 })).rejects.toThrow(
      'held out of images, not of a loader',
    )
  })
})
