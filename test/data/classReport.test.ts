import { describe, expect, it } from 'vitest'
import { classScores, confusedPairs } from '../../src/data/classReport.js'

// By label, then predicted class; nothing is taken for d, and there is no image of e.
const classes = ['a', 'b', 'c', 'd', 'e']
const confusion = [...[8, 2, 0, 0, 0], ...[1, 3, 0, 0, 0], ...[0, 0, 0, 0, 5], ...[0, 4, 0, 0, 0], ...[0, 0, 0, 0, 0]]

describe('classScores', () => {
  it('are precision, recall and their harmonic mean', () => {
    const [a, b, c, d, e] = classScores(confusion, classes)
    expect(a).toEqual({ class: 'a', precision: 8 / 9, recall: 0.8, f1: 16 / 19, count: 10 })
    expect(b!.precision).toBeCloseTo(3 / 9)
    expect(b!.f1).toBeCloseTo((2 * (3 / 9) * 0.75) / (3 / 9 + 0.75))
    expect(c).toEqual({ class: 'c', precision: null, recall: 0, f1: null, count: 5 })
    expect(d).toEqual({ class: 'd', precision: null, recall: 0, f1: null, count: 4 })
    expect(e).toEqual({ class: 'e', precision: 0, recall: null, f1: null, count: 0 })
  })
})

describe('confusedPairs', () => {
  it('are those off the diagonal, the commonest first', () => {
    expect(confusedPairs(confusion, classes)).toEqual([
      { label: 'c', predicted: 'e', count: 5 },
      { label: 'd', predicted: 'b', count: 4 },
      { label: 'a', predicted: 'b', count: 2 },
      { label: 'b', predicted: 'a', count: 1 },
    ])
  })
})
