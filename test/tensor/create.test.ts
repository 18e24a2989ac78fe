import { expect, test } from 'vitest'
import { getBackend, setBackend, withBackend } from '../../src/tensor/backend.js'
import { arange, full, ones, rand, randn, tensor, zeros } from '../../src/tensor/create.js'
import { ShapeError } from '../../src/tensor/errors.js'
import { Generator, manualSeed } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend())

test('a number makes a scalar', () => {
  const x = tensor(3.5)
  expect(x.shape).toEqual([])
  expect(x.item()).toBe(3.5)
})

test('nested arrays give shape and values, row by row', () => {
  const x = tensor([
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    [
      [7, 8],
      [9, 10],
      [11, 12],
    ],
  ])
  expect(x.shape).toEqual([2, 3, 2])
  expect(Array.from(x.values)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
})

test('empty arrays make empty tensors', () => {
  expect(tensor([]).shape).toEqual([0])
  expect(tensor([[], []]).shape).toEqual([2, 0])
})

test('a typed array alone has one axis; with a shape, that shape', () => {
  const values = new Float32Array([1, 2, 3, 4])
  expect(tensor(values).shape).toEqual([4])
  expect(tensor(values, [2, 2]).toArray()).toEqual([
    [1, 2],
    [3, 4],
  ])
})

test('the values are copied', () => {
  const values = new Float32Array([1, 2])
  const x = tensor(values, [2])
  values[0] = 9
  expect(x.toArray()).toEqual([1, 2])
})

test('options ask for a gradient, with or without a shape', () => {
  expect(tensor([1, 2]).requiresGrad).toBe(false)
  expect(tensor([1, 2], { requiresGrad: true }).requiresGrad).toBe(true)
  expect(tensor([1, 2], [2], { requiresGrad: true }).requiresGrad).toBe(true)
  expect(zeros([2], { requiresGrad: true }).requiresGrad).toBe(true)
  expect(randn([2], { requiresGrad: true }).requiresGrad).toBe(true)
})

test('filled tensors', () => {
  expect(zeros([2]).toArray()).toEqual([0, 0])
  expect(ones([1, 2]).toArray()).toEqual([[1, 1]])
  expect(full([2], -3).toArray()).toEqual([-3, -3])
  expect(arange(3).toArray()).toEqual([0, 1, 2])
})

test('shapes and values that do not fit', () => {
  const thrown = (make: () => unknown) => expect(make)
  thrown(() => tensor([1, 2, 3], [2, 2])).toThrow(new ShapeError('tensor: shape (2, 2) needs 4 values, got 3'))
  thrown(() => tensor([1], [-1])).toThrow(
    new ShapeError('tensor: expected a shape of whole non-negative sizes, got (-1,)'),
  )
  thrown(() => zeros([2, 1.5])).toThrow(
    new ShapeError('full: expected a shape of whole non-negative sizes, got (2, 1.5)'),
  )
  thrown(() => tensor([[1, 2], [3]])).toThrow(
    new ShapeError('tensor: nested arrays of unequal length; expected every one at axis 1 to have 2'),
  )
  thrown(() => tensor([[1, 2], 3])).toThrow(
    new ShapeError('tensor: nested arrays of unequal length; expected every one at axis 1 to have 2'),
  )
})

test('random tensors follow their generator, or the seeded default one', () => {
  const a = randn([5], { generator: new Generator(7) })
  const b = randn([5], { generator: new Generator(7) })
  expect(a.toArray()).toEqual(b.toArray())

  manualSeed(1)
  const c = rand([4])
  manualSeed(1)
  expect(rand([4]).toArray()).toEqual(c.toArray())
  expect(rand([4]).toArray()).not.toEqual(c.toArray())
})

test('uniform values lie in [0, 1), normal ones have mean 0 and variance 1', () => {
  const u = rand([2000], { generator: new Generator(1) }).values
  expect(Math.min(...u)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...u)).toBeLessThan(1)

  const n = Array.from(randn([4000], { generator: new Generator(2) }).values)
  const mean = n.reduce((a, b) => a + b) / n.length
  const variance = n.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n.length
  expect(Math.abs(mean)).toBeLessThan(0.05) // three standard errors
  expect(Math.abs(variance - 1)).toBeLessThan(0.07)
})

test('withBackend decides where new tensors live, and is undone when its function throws', () => {
  const before = getBackend()
  const double = new ReferenceBackend('float64')
  expect(withBackend(double, () => tensor(0.1)).item()).toBe(0.1)
  expect(tensor(0.1).item()).toBe(Math.fround(0.1))
  expect(() =>
    withBackend(double, () => {
      throw new Error('stop')
    }),
  ).toThrow('stop')
  expect(getBackend()).toBe(before)
})
