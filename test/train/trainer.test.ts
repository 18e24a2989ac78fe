import { beforeAll, describe, expect, it } from 'vitest'
import { constant } from '../../src/optim/schedule.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { EpochEvent, StepEvent } from '../../src/train/events.js'
import { Trainer, type TrainerOptions } from '../../src/train/trainer.js'
import { TinyNet, tinyLoader } from './support.js'

beforeAll(() => setBackend(new ReferenceBackend()))

/** Three steps an epoch. */
function tinyTrainer(options: Partial<TrainerOptions> = {}): Trainer {
  const model = new TinyNet(new Generator(0))
  return new Trainer({
    ...{ model, epochs: 2, schedule: (step) => 0.1 / (1 + step), trainLoader: tinyLoader(12, 4) },
    optimizer: new SGD(model.namedParameters(), { lr: 1 }),
    testLoader: tinyLoader(9, 4, 'sequential'),
    ...options,
  })
}

async function record(trainer: Trainer, signal?: AbortSignal) {
  const steps: StepEvent[] = []
  const epochs: EpochEvent[] = []
  const events = { onStep: (e: StepEvent) => void steps.push(e), onEpoch: (e: EpochEvent) => void epochs.push(e) }
  const reason = await trainer.fit(signal ? { events, signal } : { events })
  return { steps, epochs, reason }
}

describe('Trainer', () => {
  it('tells each step and epoch, counted from 1, with the rate of the schedule', async () => {
    const { steps, epochs, reason } = await record(tinyTrainer())
    expect(reason).toBe('finished')
    expect(steps.map(({ step, epoch, epochStep }) => [step, epoch, epochStep])).toEqual([
      ...[1, 2, 3].map((n) => [n, 1, n]),
      ...[1, 2, 3].map((n) => [n + 3, 2, n]),
    ])
    expect(steps.map(({ lr }) => lr)).toEqual([0, 1, 2, 3, 4, 5].map((step) => 0.1 / (1 + step)))
    expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 3],
      [2, 6],
    ])
    expect(epochs[0]!.trainLoss).toBeCloseTo((steps[0]!.loss + steps[1]!.loss + steps[2]!.loss) / 3)
    expect(epochs[0]!.trainLoss).toBe(steps[2]!.trainLoss)
    expect(epochs[0]!.testAccuracy! * 9).toBeCloseTo(Math.round(epochs[0]!.testAccuracy! * 9))
  })

  it('remembers the first epoch with the best test accuracy', async () => {
    const trainer = tinyTrainer({ epochs: 4 })
    const { epochs } = await record(trainer)
    const accuracies = epochs.map(({ testAccuracy }) => testAccuracy!)
    const best = Math.max(...accuracies)
    expect(trainer.progress.best).toEqual({ epoch: accuracies.indexOf(best) + 1, accuracy: best })
    expect(epochs.filter(({ isBest }) => isBest).at(-1)!.epoch).toBe(trainer.progress.best!.epoch)
  })

  it('stops at maxSteps, without evaluation in the middle of an epoch', async () => {
    const trainer = tinyTrainer({ maxSteps: 4 })
    const { steps, epochs, reason } = await record(trainer)
    expect([steps.length, epochs.length, reason]).toEqual([4, 1, 'max-steps'])
    expect(trainer.isDone).toBe(true)
  })

  it('evaluates an epoch that ends at maxSteps', async () => {
    expect((await record(tinyTrainer({ maxSteps: 3 }))).epochs.length).toBe(1)
  })

  it('trains without a test set', async () => {
    const { testLoader: _, ...rest } = tinyTrainer({ schedule: constant(0.1) }).options
    const { epochs } = await record(new Trainer(rest))
    expect(epochs[0]).toMatchObject({ testLoss: null, testAccuracy: null, isBest: false })
  })

  it('finishes the running step when it is stopped, and goes on to the same end', async () => {
    const unbroken = tinyTrainer()
    await unbroken.fit()
    const broken = tinyTrainer()
    for (const stopAt of [2, 5]) {
      const stop = new AbortController()
      const onStep = ({ step }: StepEvent) => void (step === stopAt && stop.abort())
      expect(await broken.fit({ events: { onStep }, signal: stop.signal })).toBe('interrupted')
      expect(broken.progress.step).toBe(stopAt)
      expect(broken.isDone).toBe(false)
    }
    expect(await broken.fit()).toBe('finished')
    expect(broken.options.model.stateDict()).toEqual(unbroken.options.model.stateDict())
  })

  it('stopped during evaluation, evaluates again when it goes on', async () => {
    const trainer = tinyTrainer({ epochs: 1 })
    const stop = new AbortController()
    const events = { onEvaluation: () => stop.abort() }
    expect(await trainer.fit({ events, signal: stop.signal })).toBe('interrupted')
    expect(trainer.progress).toMatchObject({ step: 3, epochs: 0 })
    const { steps, epochs } = await record(trainer)
    expect([steps.length, epochs.length]).toEqual([0, 1])
  })

  it('says at which step the loss stopped being finite', async () => {
    const trainer = tinyTrainer({ schedule: constant(1e38) })
    await expect(trainer.fit()).rejects.toThrow(
      /^step 2 \(epoch 1, lr 1e\+38\): the loss is NaN: (conv|fc) \(\w+\) is the first layer whose output is not finite/,
    )
  })
})
