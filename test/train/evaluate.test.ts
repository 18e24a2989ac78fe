import { beforeAll, describe, expect, it } from 'vitest'
import { loadDataset } from '../../src/data/loadDataset.js'
import { DataLoader } from '../../src/data/loader.js'
import { createModel } from '../../src/models/registry.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { evaluate } from '../../src/train/evaluate.js'
import { trainStep } from '../../src/train/stepper.js'
import { TinyNet, tinyLoader } from './support.js'

beforeAll(() => setBackend(new ReferenceBackend()))

describe('evaluate', () => {
  it('weighs by images: a short last batch changes nothing', async () => {
    const model = new TinyNet(new Generator(0))
    const whole = await evaluate(model, tinyLoader(14, 14, 'sequential'))
    const uneven = await evaluate(model, tinyLoader(14, 4, 'sequential'))
    expect(uneven.images).toBe(14)
    expect(uneven.accuracy).toBe(whole.accuracy)
    expect(uneven.loss).toBeCloseTo(whole.loss, 6)
  })

  it('leaves the mode as it was and moves no running statistics', async () => {
    const model = new TinyNet(new Generator(0))
    const before = model.stateDict()
    await evaluate(model, tinyLoader(6, 6))
    expect(model.dropout.training).toBe(true)
    expect(model.stateDict()).toEqual(before)
    model.eval()
    await evaluate(model, tinyLoader(6, 6))
    expect(model.training).toBe(false)
  })

  it('tells how far it is, and can be stopped', async () => {
    const model = new TinyNet(new Generator(0))
    const stop = new AbortController()
    const seen: number[] = []
    const onBatch = (images: number) => {
      seen.push(images)
      if (images === 8) stop.abort()
    }
    await expect(evaluate(model, tinyLoader(14, 4), { onBatch, signal: stop.signal })).rejects.toThrow('aborted')
    expect(seen).toEqual([4, 8])
    expect(model.training).toBe(true)
  })
})

describe('evaluate with batch norm folded into convolutions', () => {
  it('comes to the accuracy of the layers apart, before training goes on and after', async () => {
    const backend = new WasmBackend({ threads: 1 })
    setBackend(backend)
    const { train, test } = await loadDataset('cifar10-sample')
    const trainLoader = new DataLoader(train, { batchSize: 50, order: 'shuffle', seed: 1, worker: false })
    const testLoader = new DataLoader(test, { batchSize: 200, worker: false })
    const model = createModel('resnet20', { seed: 1 })
    const optimizer = new SGD(model.namedParameters(), { lr: 0.02, momentum: 0.9 })
    const { runs } = backend.runtime
    const losses: number[] = []
    for (const epoch of [0, 1]) {
      for await (const batch of trainLoader.epoch(epoch)) trainStep(model, optimizer, batch)
      runs.clear()
      const folded = await evaluate(model, testLoader)
      expect(runs.get('bnApply')).toBeUndefined()
      const remove = model.onForward(() => {})
      const apart = await evaluate(model, testLoader)
      remove()
      expect(runs.get('bnApply')).toBe(runs.get('convFold'))
      expect(folded.accuracy).toBe(apart.accuracy)
      expect(folded.accuracy).toBeGreaterThanOrEqual(0.12)
      expect(folded.loss).toBeCloseTo(apart.loss, 4)
      losses.push(folded.loss)
    }
    expect(losses[1]).not.toBe(losses[0])
    await backend.close()
  })
})
