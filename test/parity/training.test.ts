/**
 * Ten steps of SGD on real images, and every gradient of one step, against PyTorch: in float64 with the weights as they are; in
 * float32 with all batch norm biases raised, so that few relu inputs lie where rounding alone moves them across zero. See
 * test/fixtures/README.md.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../../src/index.js'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import { type Batch, DataLoader } from '../../src/data/loader.js'
import { createModel } from '../../src/models/index.js'
import { BatchNorm2d } from '../../src/nn/batchNorm.js'
import type { Module } from '../../src/nn/module.js'
import { SGD } from '../../src/optim/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { scope } from '../../src/tensor/tensor.js'
import { variants } from '../../src/tensor/wasm/host/host.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { fixture } from '../support/fixtures.js'
import { hashInit } from '../support/hashInit.js'

interface Parity {
  sgd: { lr: number; momentum: number; weightDecay: number }
  losses: number[]
}

interface Gradients {
  /** Added to the bias of every batch norm. */
  biasShift: number
  /** parameter → [max |g|, L2 norm, error of PyTorch's own float32, samples at (i · 2654435761) mod size] */
  gradients: Record<string, number[]>
  /** Parameters whose true gradient is zero. */
  zero: string[]
}

const networks = ['vgg16', 'resnet20', 'resnet56', 'ghost-vgg16', 'ghost-resnet56', 'ghostnet']

/**
 * Of the largest value of a gradient. In a max pool rounding decides which of two nearly equal values passes the gradient on, for
 * PyTorch too (its float32 misses float64 by 7e-3 in ghost-vgg16); the networks without one hold to 1e-3.
 */
const tolerance: Record<string, number> = { vgg16: 4e-3, 'ghost-vgg16': 2e-2 }

const steps = 10
const batchSize = 32

async function sampleLoader(): Promise<DataLoader> {
  const { train } = await loadCifar10Sample()
  return new DataLoader(train, { batchSize, worker: false })
}

const lossOf = (model: Module, batch: Batch) =>
  F.crossEntropy(model.call(tensor(batch.images, batch.shape)), batch.labels)

/** The loss before each update. */
async function lossesOf(model: Module, sgd: Parity['sgd']): Promise<number[]> {
  const optimizer = new SGD(model.namedParameters(), sgd)
  const losses: number[] = []
  for await (const batch of (await sampleLoader()).epoch(0)) {
    if (batch.step === steps) break
    scope(() => {
      const loss = lossOf(model, batch)
      losses.push(loss.item())
      loss.backward()
      optimizer.step()
      optimizer.zeroGrad()
    })
  }
  return losses
}

/** The gradients of the first step, by parameter. */
async function gradientsOf(model: Module, biasShift: number): Promise<Map<string, Float32Array>> {
  for (const [, module] of model.namedModules()) {
    if (module instanceof BatchNorm2d) module.bias!.set(module.bias!.data.map((v) => v + biasShift))
  }
  for await (const batch of (await sampleLoader()).epoch(0)) {
    scope(() => lossOf(model, batch).backward())
    break
  }
  return new Map(Array.from(model.namedParameters(), ([name, p]) => [name, p.grad!.data]))
}

function sampleIndexes(size: number): number[] {
  const all = Array.from({ length: 6 }, (_, i) => Number((BigInt(i) * 2654435761n) % BigInt(size)))
  return [...new Set(all)]
}

describe.each(variants)('on wasm %s', (variant) => {
  const backend = new WasmBackend({ threads: 2, variant })
  beforeAll(() => setBackend(backend))
  afterAll(() => backend.close())

  describe.each(networks)('%s', (name) => {
    const parity = fixture<Parity>(`parity-${name}`)
    const stored = fixture<Gradients>(`parity-${name}-grads`)

    it('has the losses of ten SGD steps', async () => {
      const losses = await lossesOf(hashInit(createModel(name)), parity.sgd)
      expect(losses).toHaveLength(steps)
      losses.forEach((loss, step) => {
        expect(
          Math.abs(loss / parity.losses[step]! - 1),
          `step ${step}: ${loss} and ${parity.losses[step]}`,
        ).toBeLessThan(1e-3)
      })
    }, 120_000)

    it('has every gradient of the first step', async () => {
      const gradients = await gradientsOf(hashInit(createModel(name)), stored.biasShift)
      expect([...gradients.keys()].sort()).toEqual(Object.keys(stored.gradients).sort())
      for (const [parameter, [maxAbs, , float32Error, ...samples]] of Object.entries(stored.gradients)) {
        const own = gradients.get(parameter)!
        const scale = stored.zero.includes(parameter) ? 1 : maxAbs!
        const allowed = (tolerance[name] ?? 1e-3) * scale + 3 * float32Error!
        sampleIndexes(own.length).forEach((index, i) => {
          const error = Math.abs(own[index]! - samples[i]!)
          expect(error, `${parameter}[${index}]: ${own[index]} and ${samples[i]}`).toBeLessThan(allowed)
        })
      }
    }, 120_000)
  })
})

describe('in float64 on the reference backend', () => {
  beforeAll(() => setBackend(new ReferenceBackend('float64')))

  it.each(['vgg16', 'ghost-vgg16'])(
    '%s has every gradient of a step to rounding',
    async (name) => {
      const stored = fixture<{ batch: number; gradients: Record<string, number[]> }>(`parity-${name}-exact`)
      const model = hashInit(createModel(name))
      const { train } = await loadCifar10Sample()
      for await (const batch of new DataLoader(train, { batchSize: stored.batch, worker: false }).epoch(0)) {
        backward(lossOf(model, batch))
        break
      }
      const gradients = new Map(
        Array.from(model.namedParameters(), ([key, p]) => [key, Float64Array.from(p.grad!.values)]),
      )
      expect([...gradients.keys()].sort()).toEqual(Object.keys(stored.gradients).sort())
      for (const [parameter, [maxAbs, l2, ...samples]] of Object.entries(stored.gradients)) {
        const own = gradients.get(parameter)!
        const norm = Math.sqrt(own.reduce((sum: number, v: number) => sum + v * v, 0))
        expect(Math.abs(norm - l2!), `norm of ${parameter}`).toBeLessThan(1e-6 * l2! + 1e-12)
        sampleIndexes(own.length).forEach((index, i) => {
          const error = Math.abs(own[index]! - samples[i]!)
          expect(error, `${parameter}[${index}]: ${own[index]} and ${samples[i]}`).toBeLessThan(1e-6 * maxAbs! + 1e-12)
        })
      }
    },
    300_000,
  )
})
