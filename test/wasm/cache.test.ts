/** Loops as one writes them in PyTorch, without a scope, on a memory that holds a few of their steps. */
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import '../../src/setup.js'
import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import { createModel } from '../../src/models/registry.js'
import { BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/index.js'
import { SGD } from '../../src/optim/sgd.js'
import { setBackend } from '../../src/tensor/backend.js'
import { full, ones, randn, tensor } from '../../src/tensor/create.js'
import { manualSeed } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { scope, type Tensor } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { Stepper } from '../../src/train/stepper.js'

const MiB = 2 ** 20
let backend: WasmBackend

function use(maxMemory: number): void {
  backend = new WasmBackend({ threads: 1, variant: 'plain', maxMemory })
  setBackend(backend)
}

beforeEach(() => use(8 * MiB))

afterEach(() => {
  setBackend(new ReferenceBackend())
  return backend.close()
})

/** A linear layer learns y = x · w, 64 examples of 32 numbers at a time. @returns the step to call */
function training(): () => number {
  manualSeed(1)
  const model = new Linear(32, 4)
  const optimizer = new SGD(model.namedParameters(), { lr: 0.1, momentum: 0.9 })
  const inputs = Array.from({ length: 8 }, () => randn([64, 32]))
  const targets = inputs.map((x) => x.slice([null, [0, 4]]).mul(2))
  let step = 0
  return () => {
    const i = step++ % 8
    const loss = F.mseLoss(model.call(inputs[i]!.mul(1)), targets[i]!)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    return loss.item()
  }
}

describe('memory stays flat, and numbers right', () => {
  test('in a synchronous training loop', () => {
    const step = training()
    let loss = 0
    for (let i = 0; i < 1000; i++) loss = step()
    expect(loss).toBeLessThan(1e-9)
    expect(backend.runtime.peakBytes).toBeLessThan(4 * MiB)
  })

  test('in a training loop that awaits, to the same bits', async () => {
    const step = training()
    let loss = 0
    for (let i = 0; i < 300; i++) {
      loss = step()
      await setTimeout(0)
    }
    await backend.close()
    use(512 * MiB)
    const roomy = training()
    let expected = 0
    for (let i = 0; i < 300; i++) expected = roomy()
    expect(loss).toBe(expected)
  })

  test('where a network is evaluated without noGrad, and the graph dropped', async () => {
    const model = createModel('resnet20')
    model.eval()
    const expected = noGrad(() => model.call(full([1, 3, 32, 32], 0.5))).data
    await backend.close()
    use(32 * MiB)
    manualSeed(1)
    const own = createModel('resnet20').eval()
    own.loadStateDict(model.stateDict())
    let out: Tensor | undefined
    for (let i = 0; i < 6; i++) out = own.call(full([4, 3, 32, 32], 0.5))
    expect(out!.data.slice(0, 10)).toEqual(expected)
  })

  test('where tensors are made alone', () => {
    const first = tensor([1, 2, 3])
    for (let i = 0; i < 200; i++) ones([256, 256])
    expect(first.toArray()).toEqual([1, 2, 3])
  })
})

test('what was moved out comes back as it was, and what is used again and again is kept', () => {
  const rows = Array.from({ length: 24 }, (_, i) => full([128, 1024], i)) // 12 MiB
  for (const [i, row] of rows.entries()) expect(row.mean().item()).toBe(i)
  const w = ones([1024]).retain()
  for (let i = 0; i < 100; i++) expect(rows[0]!.mul(w).sum().item()).toBe(0)
})

test('what an operation reads stays where it is until its end, even where there is hardly room', async () => {
  await backend.close()
  use(5 * MiB)
  const [a, b] = [full([440, 440], 2), full([440, 440], 3)]
  for (let i = 0; i < 4; i++) ones([440, 440])
  expect(new Set(a.matmul(b).data)).toEqual(new Set([2 * 3 * 440]))
})

test('what a recorded step uses stays where it is', async () => {
  const images = Float32Array.from({ length: 8 * 3 * 64 }, (_, i) => Math.sin(i))
  const labels = Int32Array.from({ length: 8 }, (_, i) => i % 4)
  const losses = (between: () => void): number[] => {
    manualSeed(1)
    const model = new Sequential(new Conv2d(3, 8, 3), new BatchNorm2d(8), new ReLU(), new Flatten(), new Linear(288, 4))
    const stepper = new Stepper(model, new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 }))
    return Array.from({ length: 6 }, (_, step) => {
      between()
      return stepper.step({ images, labels, shape: [8, 3, 8, 8], count: 8, step }).loss
    })
  }
  const crowded = losses(() => {
    for (let i = 0; i < 50; i++) ones([256, 256])
  })
  await backend.close()
  use(512 * MiB)
  expect(crowded).toEqual(losses(() => {}))
  expect(crowded[5]).toBeLessThan(crowded[0]!)
})

test('memory that lies in pieces is put together', () => {
  const small = scope(() => Array.from({ length: 100 }, () => ones([16, 1024])).length)
  expect(small).toBe(100)
  expect(scope(() => ones([6, 256, 1024]).sum().item())).toBe(6 * 256 * 1024)
})

test('where memory is full, the error says what holds it', () => {
  const w = ones([64, 1024], { requiresGrad: true })
  const fill = () =>
    scope(() => {
      let x: Tensor = w
      for (;;) x = F.relu(x.mul(2))
    })
  expect(fill).toThrow(
    'out of memory: 0.3 MiB asked for, 7.8 MiB of 7.9 MiB in use: 4.0 MiB by modules and scopes that are running, ' +
      '3.8 MiB by the tape for backward, 0.0 MiB by recorded steps and the running operation; ' +
      'try a smaller batch size, noGrad() where nothing is trained, or scope() inside a loop',
  )
})
