/** The gradients in these tests are worked by hand. */
import { expect, test } from 'vitest'
import '../../src/setup.js'
import * as F from '../../src/autograd/functional.js'
import { Linear } from '../../src/nn/linear.js'
import { Module } from '../../src/nn/module.js'
import { Sequential } from '../../src/nn/sequential.js'
import { SGD } from '../../src/optim/sgd.js'
import { ones, tensor } from '../../src/tensor/create.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import { onEachBackend } from '../support/backends.js'

onEachBackend(() => {
  test('a hook sees the gradient of a tensor that an operation made', () => {
    const x = tensor([1, 2, 3], { requiresGrad: true })
    const y = x.mul(2)
    const seen: unknown[] = []
    y.registerHook((g) => void seen.push(g.toArray()))
    y.square().sum().backward()
    expect(seen).toEqual([[4, 8, 12]]) // 2y
    expect(x.grad!.toArray()).toEqual([8, 16, 24])
  })

  test('the gradient that a hook returns goes on, and x.grad gets it', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    const y = x.mul(3)
    y.registerHook((g) => g.mul(10))
    x.registerHook((g) => g.neg())
    y.sum().backward()
    expect(x.grad!.toArray()).toEqual([-30, -30])
  })

  test('the hook of a leaf sees its whole gradient, once, and not what x.grad already had', () => {
    const x = tensor([2], { requiresGrad: true })
    x.mul(5).sum().backward()
    const seen: unknown[] = []
    const handle = x.registerHook((g) => void seen.push(g.toArray()))
    x.mul(x).add(x).sum().backward() // 2x + 1
    handle.remove()
    x.sum().backward()
    expect(seen).toEqual([[5]])
    expect(x.grad!.toArray()).toEqual([11])
  })

  test('a hook may keep what it gets', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    let kept: Tensor | undefined
    const y = x.square()
    y.registerHook((g) => {
      kept = g
    })
    y.mul(3).sum().backward()
    expect(kept!.toArray()).toEqual([3, 3])
  })
})

test('a hook that returns another shape, or waits for nothing, is refused', () => {
  const x = ones([2], { requiresGrad: true })
  x.registerHook(() => ones([3]))
  expect(() => x.sum().backward()).toThrow('expected the hook to return a gradient of shape (2,), got (3,)')
  expect(() => ones([2]).registerHook(() => undefined)).toThrow('registerHook: backward() computes no gradient')
})

const layer = (): Linear => {
  const linear = new Linear(2, 1, { bias: false })
  linear.weight.set([3, 4])
  return linear
}

test('hooks before and after forward see inputs and output, and may replace them', () => {
  const linear = layer()
  const seen: unknown[] = []
  const pre = linear.registerForwardPreHook((module, [x]) => {
    seen.push([module === linear, x!.toArray()])
    return x!.mul(10)
  })
  const post = linear.registerForwardHook((_, [x], y) => {
    seen.push([x!.toArray(), y.toArray()])
    return y.neg()
  })
  expect(linear.call(ones([1, 2])).toArray()).toEqual([[-70]])
  expect(seen).toEqual([
    [true, [[1, 1]]],
    [[[10, 10]], [[70]]],
  ])
  expect(linear.isHooked).toBe(true)
  pre.remove()
  post.remove()
  expect(linear.isHooked).toBe(false)
  expect(linear.call(ones([1, 2])).toArray()).toEqual([[7]])
})

test('a backward hook sees the gradients of input and output, and may replace the first', () => {
  const linear = layer()
  const model = new Sequential(linear)
  const x = ones([1, 2], { requiresGrad: true })
  const seen: unknown[] = []
  linear.registerFullBackwardHook((_, gradInput, gradOutput) => {
    seen.push([gradInput, gradOutput].map((list) => list.map((g) => g?.toArray())))
    return gradInput[0]!.mul(2)
  })
  model.call(x).mul(5).sum().backward()
  expect(seen).toEqual([[[[[15, 20]]], [[[5]]]]])
  expect(x.grad!.toArray()).toEqual([[30, 40]])
  expect(linear.weight.grad!.toArray()).toEqual([[5, 5]])
})

test('a backward hook of the first layer gets no gradient of its input, which needs none', () => {
  const linear = layer()
  const seen: unknown[] = []
  linear.registerFullBackwardHook((_, gradInput, gradOutput) => {
    seen.push([gradInput, gradOutput[0]!.toArray()])
  })
  linear
    .call(ones([1, 2]))
    .sum()
    .backward()
  expect(seen).toEqual([[[null], [[1]]]])
})

test('a module with two inputs: both gradients are shown, and none can be replaced', () => {
  class Product extends Module<[a: Tensor, b: Tensor]> {
    forward(a: Tensor, b: Tensor): Tensor {
      return a.mul(b)
    }
  }
  const module = new Product()
  const [a, b] = [tensor([2], { requiresGrad: true }), tensor([3], { requiresGrad: true })]
  const seen: unknown[] = []
  const handle = module.registerFullBackwardHook((_, gradInput) => void seen.push(gradInput.map((g) => g?.item())))
  module.call(a, b).backward()
  expect(seen).toEqual([[3, 2]])
  handle.remove()
  module.registerFullBackwardHook((_, gradInput) => gradInput.map((g) => g!.mul(2)))
  expect(() => module.call(a, b).backward()).toThrow('Product has several inputs with gradients')
})

test('what backward needs may not be overwritten between the passes', () => {
  const x = tensor([1, 2], { requiresGrad: true })
  const loss = x.square().sum()
  x.set([3, 4])
  expect(() => loss.backward()).toThrow(
    "backward: square needs its input 0 (2,) as it was in the forward pass, but it has been overwritten since, by set(), loadStateDict() or an optimizer's step(); do that after backward()",
  )
  const model = layer()
  const late = F.mseLoss(model.call(ones([1, 2], { requiresGrad: true })), ones([1, 1]))
  late.backward(undefined, { retainGraph: true })
  new SGD(model.namedParameters(), { lr: 0.1 }).step()
  expect(() => late.backward()).toThrow('needs its input 1 (1, 2) as it was in the forward pass')
})

test('what backward does not need may be overwritten', () => {
  const x = tensor([1, 2], { requiresGrad: true })
  const sum = x.mul(2).sum()
  x.set([3, 4])
  sum.backward()
  expect(x.grad!.toArray()).toEqual([2, 2])
})
