/** What the tape holds, and when it lets go. */
import { describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import type { TapeNode } from '../../src/autograd/op.js'
import { setBackend, withBackend } from '../../src/tensor/backend.js'
import { ones, tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { persistentTensor, scope, type Tensor } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import '../../src/autograd/methods.js'

setBackend(new ReferenceBackend('float64'))

/** The blocks behind what an operation saved. */
const saved = (y: Tensor) => (y.node as TapeNode).held.map((array) => array.block)

describe('inside a scope', () => {
  test('what backward needs outlives it, what it does not is freed', () => {
    const w = tensor([2, 3], { requiresGrad: true })
    const blocks: Tensor['array']['block'][] = []
    const loss = scope(() => {
      const kept = w.mul(2) // square needs its input
      const dropped = w.mul(3) // add needs neither
      blocks.push(kept.array.block, dropped.array.block)
      return F.square(kept).add(dropped).sum()
    })
    expect(blocks.map((b) => b.freed)).toEqual([false, true])
    loss.backward()
    expect(blocks.map((b) => b.freed)).toEqual([true, true])
    expect(w.grad!.toArray()).toEqual([19, 27])
  })

  test('retainGraph keeps it for the next pass', () => {
    const w = tensor([2], { requiresGrad: true })
    const loss = scope(() => F.square(w.mul(2)).sum())
    loss.backward(undefined, { retainGraph: true })
    loss.backward()
    expect(w.grad!.toArray()).toEqual([32])
  })

  test('the gradient of a leaf survives it, until zeroGrad', () => {
    const w = tensor([2], { requiresGrad: true })
    scope(() => w.mul(3).sum().backward())
    const { block } = w.gradArray!
    expect(block.freed).toBe(false)
    w.zeroGrad()
    expect(block.freed).toBe(true)
  })

  test('a gradient that the user has taken survives zeroGrad', () => {
    const w = tensor([2], { requiresGrad: true })
    scope(() => w.mul(3).sum().backward())
    const grad = w.grad!
    w.zeroGrad()
    expect(grad.toArray()).toEqual([3])
  })

  test('without recording nothing is held', () => {
    const w = tensor([2], { requiresGrad: true })
    const block = scope(() => {
      const y = noGrad(() => w.mul(2))
      noGrad(() => F.square(y))
      return [y.array.block]
    })
    expect(block[0]!.freed).toBe(true)
  })
})

describe('each operation holds only what its rule reads', () => {
  const constant = ones([2, 2])
  const w = () =>
    tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { requiresGrad: true },
    )
  const cases: [string, (x: Tensor) => Tensor, (x: Tensor, y: Tensor) => Tensor[]][] = [
    ['add', (x) => F.add(x, constant), () => []],
    ['mul by a constant: the constant', (x) => F.mul(x, constant), () => [constant]],
    ['mul by itself: twice itself', (x) => F.mul(x, x), (x) => [x, x]],
    ['div by a constant: the constant', (x) => F.div(x, constant), () => [constant]],
    ['div of a constant: divisor and quotient', (x) => F.div(constant, x), (x, y) => [x, y]],
    ['matmul by a constant: the constant', (x) => F.matmul(x, constant), () => [constant]],
    ['relu: the output', F.relu, (_, y) => [y]],
    ['exp: the output', F.exp, (_, y) => [y]],
    ['log: the input', F.log, (x) => [x]],
    ['sum', (x) => F.sum(x), () => []],
    ['reshape', (x) => F.reshape(x, [4]), () => []],
    ['softmax: the output', F.softmax, (_, y) => [y]],
  ]
  test.each(cases)('%s', (_, fn, expected) => {
    const x = w()
    const y = fn(x)
    expect(saved(y)).toEqual(expected(x, y).map((t) => t.array.block))
  })

  test('conv2d: the input where the weight is trained, the weight where the input is', () => {
    const [x, k] = [ones([1, 1, 2, 2]), ones([1, 1, 1, 1])]
    const [trainedX, trainedK] = [ones(x.shape, { requiresGrad: true }), ones(k.shape, { requiresGrad: true })]
    expect(saved(F.conv2d(x, trainedK))).toEqual([x.array.block])
    expect(saved(F.conv2d(trainedX, k))).toEqual([k.array.block])
  })
})

test('training steps leave the heap as they found it', async () => {
  const backend = new WasmBackend({ threads: 2 })
  withBackend(backend, () => {
    const values = (n: number) => Array.from({ length: n }, (_, i) => Math.sin(i))
    const kernel = persistentTensor(values(4 * 3 * 9), [4, 3, 3, 3], { requiresGrad: true })
    const [weight, bias] = [1, 0].map((v) => persistentTensor([v, v, v, v], [4], { requiresGrad: true }))
    const head = persistentTensor(values(12), [3, 4], { requiresGrad: true })
    const images = persistentTensor(values(5 * 3 * 64), [5, 3, 8, 8])
    const step = () =>
      scope(() => {
        const y = scope(() => {
          const z = F.conv2d(images, kernel, { padding: 1 })
          return F.maxPool2d(F.batchNorm(z, { weight: weight!, bias: bias!, training: true, relu: true }), 2)
        })
        const logits = F.linear(F.flatten(F.adaptiveAvgPool2d(y, 1)), head)
        F.crossEntropy(logits, [0, 1, 2, 0, 1]).backward()
        for (const parameter of [kernel, weight!, bias!, head]) parameter.zeroGrad()
      })
    // The first steps also make the kernels' scratch memory, which stays.
    for (let i = 0; i < 2; i++) step()
    const { runtime } = backend
    const [inUse, peak] = [runtime.bytesInUse, runtime.peakBytes]
    for (let i = 0; i < 5; i++) step()
    expect([runtime.bytesInUse, runtime.peakBytes]).toEqual([inUse, peak])
  })
  await backend.close()
})
