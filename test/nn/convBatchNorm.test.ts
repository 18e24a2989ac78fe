import { describe, expect, test } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import { BatchNorm2d, Conv2d, convBatchNorm, ReLU, Sequential } from '../../src/nn/index.js'
import { getBackend } from '../../src/tensor/backend.js'
import { randn, tensor } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import '../support/allClose.js'
import { onEachBackend } from '../support/backends.js'

const generator = new Generator(1)

/** Two input channels, three output channels, and batch norm with statistics, scales and shifts of its own. */
function build(): { conv: Conv2d; bn: BatchNorm2d } {
  const conv = new Conv2d(2, 3, 3, { padding: 1, generator })
  const bn = new BatchNorm2d(3).eval()
  bn.weight!.set([0.5, -2, 1.5])
  bn.bias!.set([0.1, -0.2, 0.3])
  bn.runningMean!.set([0.2, -0.4, 0.1])
  bn.runningVar!.set([0.5, 2, 0.1])
  return { conv, bn }
}

const image = () => randn([3, 2, 5, 4], { generator })

/** How often batch norm ran on its own, on the backend that counts. */
function ownPasses(fn: () => unknown): number | null {
  const backend = getBackend()
  if (!(backend instanceof WasmBackend)) {
    fn()
    return null
  }
  const count = () => backend.runtime.runs.get('bnApply') ?? 0
  const before = count()
  fn()
  return count() - before
}

const expectPasses = (wanted: number, fn: () => unknown) => expect(ownPasses(fn) ?? wanted).toBe(wanted)

onEachBackend(() => {
  test('a small one by hand', () => {
    const conv = new Conv2d(1, 1, 1)
    conv.weight.set([3])
    conv.bias!.set([1])
    const bn = new BatchNorm2d(1, { eps: 0 }).eval()
    bn.weight!.set([6])
    bn.bias!.set([10])
    bn.runningMean!.set([5])
    bn.runningVar!.set([4])
    // s = 6 / √4 = 3, so y = 3 · 3 · x + (10 + (1 − 5) · 3) = 9 x − 2
    const x = tensor([0, 1, -1, 2], [1, 1, 2, 2])
    const y = (epilogue?: object) => noGrad(() => convBatchNorm(conv, bn, x, epilogue))
    expect(y()).toBeAllClose([-2, 7, -11, 16], { relative: 1e-6 })
    expect(y({ relu: true })).toBeAllClose([0, 7, 0, 16], { relative: 1e-6 })
    const residual = tensor([1, 3, 20, -20], [1, 1, 2, 2])
    expect(y({ residual })).toBeAllClose([-1, 10, 9, -4], { relative: 1e-6 })
    expect(y({ residual, relu: true })).toBeAllClose([0, 10, 9, 0], { relative: 1e-6 })
  })

  test('without gradients one pass, with them two, and the same result', () => {
    const { conv, bn } = build()
    const [x, residual] = [image(), randn([3, 3, 5, 4], { generator })]
    const apart = bn.call(conv.call(x), { residual, relu: true })
    let [folded, recorded]: (Tensor | null)[] = [null, null]
    expectPasses(0, () => {
      folded = noGrad(() => convBatchNorm(conv, bn, x, { residual, relu: true }))
    })
    expectPasses(1, () => {
      recorded = convBatchNorm(conv, bn, x, { residual, relu: true })
    })
    expect(folded!).toBeAllClose(apart, { absolute: 1e-5 })
    expect(folded!.requiresGrad).toBe(false)
    expect(recorded!.data).toEqual(apart.data)
    backward(F.sum(recorded!))
    expect(conv.weight.grad).not.toBeNull()
  })

  test('nothing is kept: the next call sees other weights and other statistics', () => {
    const { conv, bn } = build()
    const x = image()
    const folded = () => noGrad(() => convBatchNorm(conv, bn, x).data)
    const first = folded()
    for (const change of [conv.weight, conv.bias!, bn.weight!, bn.bias!, bn.runningMean!, bn.runningVar!]) {
      const before = folded()
      change.set(change.values.map((v) => v + 0.5))
      expect(folded()).not.toEqual(before)
      expect(folded()).toBeAllClose(bn.call(conv.call(x)), { absolute: 1e-5 })
    }
    bn.train()
    noGrad(() => convBatchNorm(conv, bn, x)) // moves the running statistics
    bn.eval()
    expect(folded()).not.toEqual(first)
    expect(folded()).toBeAllClose(bn.call(conv.call(x)), { absolute: 1e-5 })
  })

  test('a Sequential folds its convolutions, but not a batch norm without one', () => {
    const { conv, bn } = build()
    const alone = new BatchNorm2d(3)
    const model = new Sequential(conv, bn, new ReLU(), alone, new Conv2d(3, 3, 1), new BatchNorm2d(3)).eval()
    const x = image()
    const residual = randn([3, 3, 5, 4], { generator })
    const apart = model.call(x, { residual })
    expectPasses(1, () => {
      expect(noGrad(() => model.call(x, { residual }))).toBeAllClose(apart, { absolute: 1e-5 })
    })
  })
})

describe('what is watched, or not ours, runs on its own', () => {
  onEachBackend(() => {
    test('a hook on either', () => {
      const { conv, bn } = build()
      for (const module of [conv, bn]) {
        const calls: string[] = []
        const remove = module.onForward((_, watched) => calls.push(watched.constructor.name))
        expectPasses(1, () => noGrad(() => convBatchNorm(conv, bn, image())))
        expect(calls).toEqual([module.constructor.name])
        remove()
        expectPasses(0, () => noGrad(() => convBatchNorm(conv, bn, image())))
        expect(calls.length).toBe(1)
      }
    })

    test('a convolution with a forward of its own', () => {
      class Doubled extends Conv2d {
        override forward(x: Tensor): Tensor {
          return F.mul(super.forward(x), 2)
        }
      }
      const model = new Sequential(new Doubled(2, 3, 1, { generator }), new BatchNorm2d(3)).eval()
      const x = image()
      expect(noGrad(() => model.call(x)).data).toEqual(model.call(x).data)
    })

    test('batch norm by the statistics of the batch', () => {
      const { conv } = build()
      const model = new Sequential(conv, new BatchNorm2d(3, { trackRunningStats: false })).eval()
      const x = image()
      expect(noGrad(() => model.call(x)).data).toEqual(model.call(x).data)
    })
  })
})

onEachBackend(() => {
  test('refuses what does not fit before it works', () => {
    const { conv, bn } = build()
    const call = (...args: Parameters<typeof convBatchNorm>) => noGrad(() => convBatchNorm(...args))
    expect(() => call(conv, bn, randn([1, 3, 4, 4]))).toThrow('conv2d: expected 2 input channels, got 3')
    expect(() => call(conv, new BatchNorm2d(4).eval(), image())).toThrow(
      'batchNorm: expected runningMean (3,), got (4,)',
    )
    expect(() => call(conv, bn, image(), { residual: randn([3, 3, 5, 5]) })).toThrow(
      'batchNorm: expected a residual of shape (3, 3, 5, 4), got (3, 3, 5, 5)',
    )
  })
})
