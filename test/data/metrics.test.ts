import { describe, expect, test } from 'vitest'
import { accuracy, confusionMatrix, Meter, topKAccuracy } from '../../src/data/metrics.js'

const logits = Float32Array.of(
  ...[3, 1, 2], // 0, then 2, then 1
  ...[0, 5, 4], // 1, 2, 0
  ...[1, 2, 9], // 2, 1, 0
  ...[7, 8, 0], // 1, 0, 2
)

describe('accuracy', () => {
  test('by hand', () => {
    expect(accuracy(logits, [0, 1, 2, 1])).toBe(1)
    expect(accuracy(logits, [0, 2, 1, 2])).toBe(0.25)
  })

  test('top k', () => {
    const labels = [2, 2, 0, 0]
    expect([1, 2, 3].map((k) => topKAccuracy(logits, labels, k))).toEqual([0, 0.75, 1])
  })

  test('ties go to the first class', () => {
    expect(accuracy(Float32Array.of(1, 1, 1), [0])).toBe(1)
    expect(accuracy(Float32Array.of(1, 1, 1), [1])).toBe(0)
  })

  test('NaN is never right', () => {
    for (const label of [0, 1, 2]) expect(accuracy(new Float32Array(3).fill(Number.NaN), [label])).toBe(0)
    expect(accuracy(Float32Array.of(Number.NaN, 5, 1), [0])).toBe(0)
  })

  test('sizes that do not fit', () => {
    expect(() => accuracy(logits, [0, 1, 2, 0, 1])).toThrow('expected logits (N, K) for 5 labels, got 12 values')
  })
})

test('confusion matrix, added up over batches', () => {
  const counts = confusionMatrix(logits, [0, 1, 1, 1])
  expect([...counts]).toEqual([1, 0, 0, 0, 2, 1, 0, 0, 0])
  confusionMatrix(logits, [0, 1, 1, 1], counts)
  expect([...counts]).toEqual([2, 0, 0, 0, 4, 2, 0, 0, 0])
})

test('a meter weights by count', () => {
  const meter = new Meter()
  expect(meter.mean).toBeNaN()
  meter.add(1, 128)
  meter.add(2, 32)
  expect([meter.mean, meter.count]).toEqual([1.2, 160])
  meter.reset()
  expect(meter.count).toBe(0)
})
