import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { setBackend } from '../../src/tensor/backend.js'
import { full, tensor } from '../../src/tensor/create.js'
import { ShapeError } from '../../src/tensor/errors.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend('float64'))

test('shape, size and rank', () => {
  const x = full([2, 3], 0)
  expect([x.shape, x.size, x.rank]).toEqual([[2, 3], 6, 2])
  expect([tensor(1).size, tensor(1).rank]).toEqual([1, 0])
})

test('item gives the one number, whatever the number of axes', () => {
  expect(tensor([[[4]]]).item()).toBe(4)
  expect(() => tensor([1, 2]).item()).toThrow(new ShapeError('item: expected one element, got a tensor of shape (2,)'))
})

test('toArray nests one level an axis', () => {
  expect(tensor(5).toArray()).toBe(5)
  expect(tensor([1, 2, 3, 4, 5, 6], [1, 3, 2]).toArray()).toEqual([
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  ])
  expect(tensor([], [2, 0]).toArray()).toEqual([[], []])
})

test('data is a float32 copy, values a copy in the precision of the backend', () => {
  const x = tensor([0.1, 0.2])
  expect(x.data).toEqual(new Float32Array([0.1, 0.2]))
  expect(x.values).toEqual(new Float64Array([0.1, 0.2]))
  x.values[0] = 7
  x.data[0] = 7
  expect(x.toArray()).toEqual([0.1, 0.2])
})

test('set overwrites in place', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ])
  expect(x.set([5, 6, 7, 8])).toBe(x)
  expect(x.toArray()).toEqual([
    [5, 6],
    [7, 8],
  ])
  expect(() => x.set([1])).toThrow(new ShapeError('set: expected 4 values for shape (2, 2), got 1'))
})

test('detach shares the numbers, not the history', () => {
  const x = tensor([1, 2], { requiresGrad: true })
  const y = x.detach()
  expect(y.requiresGrad).toBe(false)
  expect(y.isLeaf).toBe(true)
  x.set([3, 4])
  expect(y.toArray()).toEqual([3, 4])
})

test('a tensor prints its shape and first six values', () => {
  expect(String(tensor([1, 2.5]))).toBe('Tensor (2,) [1, 2.5]')
  expect(inspect(tensor([1 / 3, 2, 3, 4, 5, 6, 7]))).toBe('Tensor (7,) [0.33333, 2, 3, 4, 5, 6, …]')
})
