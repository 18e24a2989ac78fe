import { createHash } from 'node:crypto'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import type { Batch } from '../../src/data/loader.js'
import { createModel } from '../../src/models/registry.js'
import { syncBatchNorm } from '../../src/nn/batchNorm.js'
import type { Module } from '../../src/nn/module.js'
import { AdamW } from '../../src/optim/adamW.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import type { StateDict } from '../../src/tensor/stateDict.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { GradientSum } from '../../src/train/gradientSum.js'
import { type StepOptions, Stepper, trainStep } from '../../src/train/stepper.js'
import { TinyNet } from './support.js'

const backend = new WasmBackend({ threads: 2 })
afterEach(() => setBackend(backend))
afterAll(() => backend.close())
setBackend(backend)

function randomBatch(count: number, seed: number, channels = 3, size = 32): Batch {
  const generator = new Generator(seed)
  return {
    images: Float32Array.from({ length: count * channels * size * size }, () => generator.normal()),
    labels: Int32Array.from({ length: count }, () => generator.integer(4)),
    count,
    shape: [count, channels, size, size],
    step: 0,
  }
}

type Setting = { model: () => Module; batches: readonly Batch[]; options?: StepOptions; adam?: boolean }

/** Losses, counts and the whole final state of a few steps. */
function train({ model: make, batches, options, adam }: Setting, replay: boolean) {
  const model = make()
  const optimizer = adam
    ? new AdamW(model.namedParameters(), { lr: 0.01 })
    : new SGD(model.namedParameters(), { lr: 0.02, momentum: 0.9, nesterov: true, weightDecay: 1e-4 })
  const stepper = new Stepper(model, optimizer, options)
  const results = batches.map((batch, i) => {
    optimizer.lr = 0.02 / (i + 1)
    return replay ? stepper.step(batch) : trainStep(model, optimizer, batch, options)
  })
  return { results, state: digest(model.stateDict()), optimizer: digest(optimizer.stateDict()) }
}

/** A checksum of each array. */
const digest = (dict: StateDict): Record<string, string> =>
  Object.fromEntries(
    Object.entries(dict).map(([name, { data }]) => [
      name,
      createHash('sha256')
        .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        .digest('hex'),
    ]),
  )

const same = (setting: Setting) => expect(train(setting, true)).toEqual(train(setting, false))

const batches = (...counts: number[]) => counts.map((count, i) => randomBatch(count, i))
const named = (name: string) => () => createModel(name, { seed: 1 })

describe('Stepper computes the bits of trainStep', () => {
  for (const name of ['ghost-vgg16', 'resnet20', 'ghost-resnet20', 'ghostnet']) {
    it(name, () => same({ model: named(name), batches: batches(16, 16, 16, 16) }))
  }

  it('with batches of several sizes in between', () =>
    same({ model: named('ghost-resnet20'), batches: batches(8, 8, 8, 5, 8, 8, 5, 5, 5, 8, 8, 8) }))

  it('with clipping, label smoothing and AdamW', () =>
    same({
      model: named('ghost-resnet20'),
      batches: batches(8, 8, 8, 8),
      options: { clipNorm: 0.5, labelSmoothing: 0.1 },
      adam: true,
    }))

  it('with dropout, whose numbers go on', () =>
    same({ model: () => new TinyNet(new Generator(3)), batches: tinyBatches }))

  it('with synchronized batch norm, whose exchanges go on', () => {
    let exchanges = 0
    const model = () => {
      const net = new TinyNet(new Generator(3))
      syncBatchNorm(net, (values) => {
        exchanges++
        for (let i = 0; i < values.length; i++) values[i]! *= exchanges % 2 === 1 ? 2 : 0.5 // as if there were others
      })
      exchanges = 0
      return net
    }
    same({ model, batches: tinyBatches })
    expect(exchanges).toBe(2 * tinyBatches.length)
  })
})

const tinyBatches: Batch[] = [1, 2, 3, 4, 5, 6].map((seed) => ({
  ...randomBatch(6, seed, 1, 4),
  labels: Int32Array.of(0, 1, 2, 0, 1, 2),
}))

/** A network that counts how often its `forward` ran. */
class Counted extends TinyNet {
  runs = 0
  constructor() {
    super(new Generator(3))
  }
  override forward(x: Tensor): Tensor {
    this.runs++
    return super.forward(x)
  }
}

describe('Stepper', () => {
  const setUp = <T extends Module>(model: T) => {
    const stepper = new Stepper(model, new SGD(model.namedParameters(), { lr: 0.1 }))
    return { model, run: (batches = tinyBatches) => batches.map((batch) => stepper.step(batch)) }
  }

  it('runs the model twice, and its kernels in every step', () => {
    const { model, run } = setUp(new Counted())
    const before = backend.runtime.runs.get('crossEntropy') ?? 0
    run()
    expect(model.runs).toBe(2)
    expect(backend.runtime.runs.get('crossEntropy')! - before).toBe(tinyBatches.length)
    expect(model.bn.numBatchesTracked!.value).toBe(tinyBatches.length)
  })

  it('replays steps with mixed targets or class weights, and parts of an update, to the same bits', () => {
    const mixed = tinyBatches.map((batch, i) => ({
      ...batch,
      targets: Float32Array.from({ length: 18 }, (_, j) => (j % 3 === i % 3 ? 0.7 : 0.15)),
    }))
    const settings: [readonly Batch[], StepOptions, number][] = [
      [mixed, {}, 1],
      [tinyBatches, { classWeights: [1, 2, 3] }, 1],
      [mixed, { classWeights: [1, 2, 3], labelSmoothing: 0.1 }, 3],
    ]
    for (const [list, options, parts] of settings) {
      const [replayed, fresh] = [new Counted(), new Counted()]
      for (const model of [replayed, fresh]) {
        const optimizer = new SGD(model.namedParameters(), { lr: 0.1 })
        const stepper = new Stepper(model, optimizer, options)
        const sum = new GradientSum()
        for (const [i, batch] of list.entries()) {
          const isFirst = i % parts === 0
          const part = parts === 1 ? undefined : { sum, share: 1 / parts, isFirst, isLast: (i + 1) % parts === 0 }
          if (model === replayed) stepper.step(batch, part)
          else trainStep(model, optimizer, batch, options, part)
        }
      }
      expect([replayed.runs, fresh.runs]).toEqual([2, list.length])
      expect(digest(replayed.stateDict())).toEqual(digest(fresh.stateDict()))
    }
  })

  it('runs the model while somebody watches its modules', () => {
    const { model, run } = setUp(new Counted())
    run()
    const seen: string[] = []
    const remove = model.onForward((path) => seen.push(path))
    run(tinyBatches.slice(0, 2))
    remove()
    expect(seen).toEqual(Array(2).fill(['conv', 'bn', 'dropout', 'fc', '']).flat())
    run(tinyBatches.slice(0, 2))
    expect(model.runs).toBe(4)
  })

  it('sees that a parameter is not trained any more, and that a layer is in evaluation mode', () => {
    const { model, run } = setUp(new Counted())
    run()
    model.conv.weight.requiresGrad = false
    model.bn.eval()
    const before = model.stateDict()
    run()
    expect(model.runs).toBe(4)
    const after = model.stateDict()
    for (const name of ['conv.weight', 'bn.running_mean']) expect(after[name]).toEqual(before[name])
    expect(after['fc.weight']).not.toEqual(before['fc.weight'])
  })

  it('runs a model anew each time that reads its own numbers', () => {
    class Reader extends Counted {
      override forward(x: Tensor): Tensor {
        const y = super.forward(x)
        return y.data[0]! > 0 ? y : F.mul(y, 2)
      }
    }
    const { model, run } = setUp(new Reader())
    run()
    expect(model.runs).toBe(tinyBatches.length)
    same({ model: () => new Reader(), batches: tinyBatches })
  })

  it('needs no more memory with the number of steps, and gives it back for another shape', () => {
    const { run } = setUp(new Counted())
    const inUse = () => backend.runtime.bytesInUse
    run()
    const recorded = inUse()
    run()
    expect(inUse()).toBe(recorded)
    const small: Batch[] = tinyBatches.map((batch) => ({
      ...batch,
      images: batch.images.slice(0, 32),
      labels: Int32Array.of(0, 1),
      count: 2,
      shape: [2, 1, 4, 4],
    }))
    run(small)
    expect(inUse()).toBeLessThanOrEqual(recorded)
  })
})
