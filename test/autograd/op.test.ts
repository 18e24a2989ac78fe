import { expect, test } from 'vitest'
import { defineOp } from '../../src/autograd/op.js'
import { setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import '../../src/autograd/methods.js'

setBackend(new ReferenceBackend('float64'))

test('an operation is told which inputs want a gradient, and on which backend it runs', () => {
  const seen: unknown[] = []
  const op = defineOp({
    name: 'first',
    rule: 'da = dy',
    forward: ([a], options: { tag: string }, { needs, backend }) => {
      seen.push(['forward', needs, backend.name, options])
      return { out: backend.copy(a!), saved: null }
    },
    backward: (dy, _, { needs, backend, options }) => {
      seen.push(['backward', needs, backend.name, options])
      return [dy, null]
    },
  })
  const [a, b] = [tensor([1], { requiresGrad: true }), tensor([2])]
  op([a, b], { tag: 'x' }).backward()
  expect(seen).toEqual([
    ['forward', [true, false], 'js', { tag: 'x' }],
    ['backward', [true, false], 'js', { tag: 'x' }],
  ])
})

test('gradients that nobody wants are dropped', () => {
  const both = defineOp({
    name: 'both',
    rule: 'da = dy, db = dy',
    forward: ([a, b], _: void, { backend }) => ({ out: backend.binary('add', a!, b!), saved: null }),
    backward: (dy) => [dy, dy],
  })
  const [a, b] = [tensor([1], { requiresGrad: true }), tensor([2])]
  both([a, b]).backward()
  expect(a.grad!.toArray()).toEqual([1])
  expect(b.grad).toBeNull()
})

test('the result knows the operation that made it', () => {
  const y = tensor([1], { requiresGrad: true }).mul(2).relu()
  expect(y.isLeaf).toBe(false)
  expect(y.node!.op.name).toBe('relu')
  expect(String(y)).toBe('Tensor (1,) [2], made by relu')
})
