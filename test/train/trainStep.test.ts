import { beforeAll, describe, expect, it } from 'vitest'
import type { Batch } from '../../src/data/loader.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { NonFiniteError } from '../../src/train/nonFinite.js'
import { trainStep } from '../../src/train/stepper.js'
import { TinyNet, tinyLoader } from './support.js'

beforeAll(() => setBackend(new ReferenceBackend()))

async function firstBatch(): Promise<Batch> {
  for await (const batch of tinyLoader(12, 12, 'sequential').epoch(0)) return batch
  throw new Error('no batch')
}

const setUp = () => {
  const model = new TinyNet(new Generator(0))
  return { model, optimizer: new SGD(model.namedParameters(), { lr: 0.1, momentum: 0.9 }) }
}

const fill = (target: { size: number; set: (values: number[]) => unknown }, value: number) =>
  target.set(Array(target.size).fill(value))

describe('trainStep', () => {
  it('lowers the loss of a batch and counts right images', async () => {
    const { model, optimizer } = setUp()
    const batch = await firstBatch()
    const results = Array.from({ length: 20 }, () => trainStep(model, optimizer, batch))
    expect(results.at(-1)!.loss).toBeLessThan(results[0]!.loss / 3)
    expect(results.at(-1)).toMatchObject({ images: 12 })
    expect(results.at(-1)!.correct).toBeGreaterThan(results[0]!.correct)
    expect(model.parameters().every(({ grad }) => grad === null)).toBe(true)
  })

  it('names the first layer whose output is not finite, and leaves the weights as they were', async () => {
    const { model, optimizer } = setUp()
    fill(model.fc.bias!, Number.POSITIVE_INFINITY)
    const before = model.stateDict()
    const step = async () => trainStep(model, optimizer, await firstBatch())
    await expect(step).rejects.toThrow(NonFiniteError)
    await expect(step).rejects.toThrow(
      'the loss is NaN: fc (Linear) is the first layer whose output is not finite, ' +
        'since an update before this step made its bias so',
    )
    expect(model.stateDict()['conv.weight']).toEqual(before['conv.weight'])
  })

  it('names a layer whose own weights are finite', async () => {
    const { model, optimizer } = setUp()
    fill(model.conv.weight, 3e38)
    await expect(async () => trainStep(model, optimizer, await firstBatch())).rejects.toThrow(
      /conv \(Conv2d\) is the first layer whose output is not finite$/,
    )
  })

  it('names the parameter whose gradient is not finite when it is to be clipped', async () => {
    const { model, optimizer } = setUp()
    // The logits are moderate, products of 1e-38 and 1e38; the gradient of the scale sums values near 1e38.
    model.fc.weight.set(model.fc.weight.data.map((_, i) => (i < 64 ? 1e38 : -1e38)))
    fill(model.bn.weight!, 1e-38)
    await expect(async () => trainStep(model, optimizer, await firstBatch(), { clipNorm: 1 })).rejects.toThrow(
      /the gradient of (\S+) is not finite, though all outputs of layers are/,
    )
  })

  it('clips the gradient', async () => {
    const weights = async (clipNorm: number) => {
      const { model, optimizer } = setUp()
      const before = model.fc.weight.data
      trainStep(model, optimizer, await firstBatch(), { clipNorm })
      return Math.max(...model.fc.weight.data.map((w, i) => Math.abs(w - before[i]!)))
    }
    expect(await weights(1e-3)).toBeLessThan(1.01e-4)
    expect(await weights(1e6)).toBeGreaterThan(1e-3)
  })
})
