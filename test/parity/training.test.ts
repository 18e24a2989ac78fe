/** Ten steps of SGD on real images, and every gradient of the first, against PyTorch. See test/fixtures/README.md. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../../src/index.js'
import * as F from '../../src/autograd/functional.js'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import { DataLoader } from '../../src/data/loader.js'
import { createModel } from '../../src/models/index.js'
import type { Module } from '../../src/nn/module.js'
import { SGD } from '../../src/optim/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { scope } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { fixture } from '../support/fixtures.js'
import { hashInit } from '../support/hashInit.js'

interface Parity {
  sgd: { lr: number; momentum: number; weightDecay: number }
  losses: number[]
}

interface Gradients {
  /** parameter → [max |g|, L2 norm, error of PyTorch's own float32, samples at (i · 2654435761) mod size] */
  gradients: Record<string, number[]>
  /** Parameters whose true gradient is zero. */
  zero: string[]
}

interface Run {
  losses: number[]
  /** The first step's, by parameter. */
  gradients: Map<string, Float32Array>
}

const steps = 10

async function train(model: Module, sgd: Parity['sgd']): Promise<Run> {
  const { train: images } = await loadCifar10Sample()
  const loader = new DataLoader(images, { batchSize: 32, worker: false })
  const optimizer = new SGD(model.namedParameters(), sgd)
  const run: Run = { losses: [], gradients: new Map() }
  for await (const batch of loader.epoch(0)) {
    if (batch.step === steps) break
    scope(() => {
      const loss = F.crossEntropy(model.call(tensor(batch.images, batch.shape)), batch.labels)
      run.losses.push(loss.item())
      loss.backward()
      if (batch.step === 0) for (const [name, p] of model.namedParameters()) run.gradients.set(name, p.grad!.data)
      optimizer.step()
      optimizer.zeroGrad()
    })
  }
  return run
}

function sampleIndexes(size: number): number[] {
  const all = Array.from({ length: 6 }, (_, i) => Number((BigInt(i) * 2654435761n) % BigInt(size)))
  return [...new Set(all)]
}

describe.each(['plain', 'relaxed'] as const)('on wasm %s', (variant) => {
  const backend = new WasmBackend({ threads: 2, variant })
  beforeAll(() => setBackend(backend))
  afterAll(() => backend.close())

  describe.each(['vgg16', 'resnet20', 'resnet56', 'ghost-vgg16', 'ghost-resnet56', 'ghostnet'])('%s', (name) => {
    const parity = fixture<Parity>(`parity-${name}`)
    const stored = fixture<Gradients>(`parity-${name}-grads`)
    let run: Run
    beforeAll(async () => {
      run = await train(hashInit(createModel(name)), parity.sgd)
    }, 120_000)

    it('has the losses of ten SGD steps', () => {
      expect(run.losses).toHaveLength(steps)
      run.losses.forEach((loss, step) => {
        expect(
          Math.abs(loss / parity.losses[step]! - 1),
          `step ${step}: ${loss} and ${parity.losses[step]}`,
        ).toBeLessThan(1e-3)
      })
    })

    it('has every gradient of the first step', () => {
      expect([...run.gradients.keys()].sort()).toEqual(Object.keys(stored.gradients).sort())
      const worst = { error: 0, name: '' }
      for (const [parameter, [maxAbs, , , ...samples]] of Object.entries(stored.gradients)) {
        const own = run.gradients.get(parameter)!
        const scale = stored.zero.includes(parameter) ? 1 : maxAbs!
        sampleIndexes(own.length).forEach((index, i) => {
          const error = Math.abs(own[index]! - samples[i]!) / scale
          if (error > worst.error) Object.assign(worst, { error, name: `${parameter}[${index}]` })
        })
      }
      expect(worst.error, worst.name).toBeLessThan(1e-3)
    })
  })
})
