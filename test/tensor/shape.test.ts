import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ShapeError } from '../../src/tensor/errors.js'
import * as S from '../../src/tensor/shape.js'

test('sizes and strides', () => {
  expect(S.sizeOf([2, 3, 4])).toBe(24)
  expect(S.sizeOf([])).toBe(1)
  expect(S.sizeOf([2, 0])).toBe(0)
  expect(S.stridesOf([2, 3, 4])).toEqual([12, 4, 1])
  expect(S.stridesOf([])).toEqual([])
})

describe('broadcasting', () => {
  test.each([
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3], [2, 3]],
    [
      [2, 1, 4],
      [3, 1],
      [2, 3, 4],
    ],
    [[], [2, 2], [2, 2]],
    [
      [5, 1],
      [1, 7],
      [5, 7],
    ],
    [[0], [1], [0]],
  ])('%j with %j → %j', (a, b, expected) => {
    expect(S.broadcastShapes('add', a, b)).toEqual(expected)
    expect(S.broadcastShapes('add', b, a)).toEqual(expected)
  })

  test('sizes that differ', () => {
    expect(() => S.broadcastShapes('add', [4, 3], [2, 3])).toThrow(
      new ShapeError('add: cannot broadcast (4, 3) with (2, 3): sizes 4 and 2 at axis -2 differ and neither is 1'),
    )
    expect(() => S.broadcastShapes('mul', [2, 3], [2])).toThrow(
      new ShapeError('mul: cannot broadcast (2, 3) with (2,): sizes 3 and 2 at axis -1 differ and neither is 1'),
    )
  })

  test('strides are 0 along every axis that is repeated', () => {
    expect(S.broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0])
    expect(S.broadcastStrides([2, 3], [2, 3])).toEqual([3, 1])
    expect(S.broadcastStrides([], [2, 2])).toEqual([0, 0])
  })

  test('the repeated axes are those to sum a gradient over', () => {
    expect(S.broadcastAxes([3, 1], [2, 3, 4])).toEqual([0, 2])
    expect(S.broadcastAxes([1, 3], [1, 3])).toEqual([])
  })

  test('any shape broadcasts with itself where some sizes became 1', () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()), { maxLength: 4 })
    fc.assert(
      fc.property(sizes, fc.nat({ max: 3 }), (axes, dropped) => {
        const full = axes.map(([n]) => n)
        const part = axes.map(([n, one]) => (one ? 1 : n)).slice(Math.min(dropped, axes.length))
        expect(S.broadcastShapes('add', full, part)).toEqual(full)
        const summed = S.reducedShape(full, S.broadcastAxes(part, full), true)
        expect(S.sizeOf(summed)).toBe(S.sizeOf(part))
      }),
    )
  })
})

describe('axes', () => {
  test('may count from the end', () => {
    expect(S.normalizeAxis('sum', -1, 3)).toBe(2)
    expect(S.normalizeAxes('sum', [2, -3], 3)).toEqual([0, 2])
    expect(S.normalizeAxes('sum', 1, 3)).toEqual([1])
    expect(S.normalizeAxes('sum', undefined, 2)).toEqual([0, 1])
  })

  test('out of range, not whole, or twice', () => {
    const expected = (got: number) => new ShapeError(`sum: expected an axis from -2 to 1, got ${got}`)
    for (const axis of [2, -3, 0.5]) expect(() => S.normalizeAxis('sum', axis, 2)).toThrow(expected(axis))
    expect(() => S.normalizeAxes('max', [1, -1], 2)).toThrow(new ShapeError('max: the axes (1, 1) name one axis twice'))
  })

  test('reduced axes become 1 or vanish', () => {
    expect(S.reducedShape([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1])
    expect(S.reducedShape([2, 3, 4], [0, 2], false)).toEqual([3])
  })
})

describe('reshape', () => {
  test('fills in one −1', () => {
    expect(S.resolveReshape([2, 6], [3, -1])).toEqual([3, 4])
    expect(S.resolveReshape([], [1, 1])).toEqual([1, 1])
  })

  test.each([[[5, -1]], [[-1, -1]], [[4, 2]], [[0, -1]]])('(2, 6) cannot become %j', (to) => {
    expect(() => S.resolveReshape([2, 6], to)).toThrow(
      new ShapeError(`reshape: (2, 6) with 12 elements cannot become (${to.join(', ')})`),
    )
  })
})

describe('windows', () => {
  test('count', () => {
    expect(S.windowCount(32, 3, 1, 1, 1)).toBe(32)
    expect(S.windowCount(32, 3, 2, 1, 1)).toBe(16)
    expect(S.windowCount(7, 3, 1, 0, 2)).toBe(3)
    expect(S.windowCount(2, 3, 1, 0, 1)).toBe(0)
  })

  test('output shapes', () => {
    const sliding = { stride: [2, 1], padding: [1, 0] } as const
    expect(S.convOutputShape([5, 3, 8, 9], [7, 3, 3, 2], { ...sliding, dilation: [1, 2] })).toEqual([5, 7, 4, 7])
    expect(S.poolOutputShape([5, 3, 8, 9], { ...sliding, kernel: [3, 2] })).toEqual([5, 3, 4, 8])
  })
})
