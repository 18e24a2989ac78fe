import fc from 'fast-check'
import { expect, test } from 'vitest'
import { iou, iouMatrix } from '../../src/detect/boxes/boxes.js'
import { decodeBoxes, encodeBoxes } from '../../src/detect/boxes/coding.js'
import { background, between, matchBoxes } from '../../src/detect/boxes/match.js'
import { nms } from '../../src/detect/boxes/nms.js'
import '../support/allClose.js'

const boxes = (...numbers: number[]) => Float64Array.from(numbers)

const anyBox = fc
  .tuple(
    fc.integer({ min: 0, max: 90 }),
    fc.integer({ min: 0, max: 90 }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 60 }),
  )
  .map(([x, y, width, height]) => boxes(x, y, x + width, y + height))

test('intersection over union, by hand', () => {
  // 4 × 4 and 4 × 4, moved by 2: 4 of 28.
  expect(iou(boxes(0, 0, 4, 4), 0, boxes(2, 2, 6, 6), 0)).toBe(4 / 28)
  expect(iou(boxes(0, 0, 4, 4), 0, boxes(4, 0, 8, 4), 0)).toBe(0)
  expect(Array.from(iouMatrix(boxes(0, 0, 2, 2, 0, 0, 2, 4), boxes(0, 0, 2, 2)))).toEqual([1, 0.5])
})

test('it is symmetric, from 0 to 1, and 1 for a box with itself', () => {
  fc.assert(
    fc.property(anyBox, anyBox, (a, b) => {
      expect(iou(a, 0, b, 0)).toBe(iou(b, 0, a, 0))
      expect(iou(a, 0, b, 0)).toBeGreaterThanOrEqual(0)
      expect(iou(a, 0, b, 0)).toBeLessThanOrEqual(1)
      expect(iou(a, 0, a, 0)).toBe(1)
    }),
  )
})

test('codes, by hand: moved by half a width, twice as wide', () => {
  const codes = encodeBoxes(boxes(0, 10, 20, 20), boxes(0, 10, 10, 20), [10, 10, 5, 5])
  expect(codes).toBeAllClose([5, 0, 5 * Math.log(2), 0], { absolute: 1e-12 })
})

test('decoding is the inverse of encoding', () => {
  fc.assert(
    fc.property(anyBox, anyBox, (box, reference) => {
      const weights = [10, 10, 5, 5] as const
      expect(decodeBoxes(encodeBoxes(box, reference, weights), reference, weights)).toBeAllClose(box, {
        absolute: 1e-9,
      })
    }),
  )
})

test('growth beyond 1000 / 16 is not believed', () => {
  const box = decodeBoxes([0, 0, 100, 0], boxes(0, 0, 16, 16))
  expect(box).toBeAllClose([8 - 500, 0, 8 + 500, 16], { absolute: 1e-9 })
})

test('of boxes that overlap the best is kept, of each group, and of equal ones the first', () => {
  const list = boxes(0, 0, 10, 10, 0, 0, 10, 9, 20, 20, 30, 30, 0, 0, 10, 10)
  expect(nms(list, [0.5, 0.9, 0.1, 0.5], 0.5)).toEqual([1, 2])
  expect(nms(list, [0.5, 0.9, 0.1, 0.5], 0.5, [0, 0, 0, 1])).toEqual([1, 3, 2])
  expect(nms(list, [0.5, 0.5, 0.5, 0.5], 0.5)).toEqual([0, 2])
  expect(nms(list, [0.5, 0.9, 0.1, 0.5], 0.95, null, 2)).toEqual([1, 0])
})

test('nothing that is kept overlaps, and what is dropped overlaps a better one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyBox, fc.integer({ min: 0, max: 5 })), { maxLength: 12 }), (list) => {
      const all = boxes(...list.flatMap(([box]) => [...box]))
      const scores = list.map(([, score]) => score)
      const kept = nms(all, scores, 0.4)
      for (const [i, a] of kept.entries()) {
        for (const b of kept.slice(i + 1)) expect(iou(all, a, all, b)).toBeLessThanOrEqual(0.4)
      }
      for (let i = 0; i < list.length; i++) {
        const better = kept.some((j) => scores[j]! >= scores[i]! && iou(all, i, all, j) > 0.4)
        expect(kept.includes(i) || better).toBe(true)
      }
    }),
  )
})

test('a reference is for the truth that it overlaps most; each truth keeps its best', () => {
  const references = boxes(0, 0, 10, 10, 0, 0, 10, 5, 50, 50, 60, 60, 100, 100, 101, 101)
  const truths = boxes(0, 0, 10, 11, 55, 50, 65, 60)
  const thresholds = { positive: 0.5, negative: 0.4, keepsBest: false }
  // 100 / 110; 50 / 110 = 0.4545; 50 / 150; nothing.
  expect(Array.from(matchBoxes(references, truths, thresholds))).toEqual([0, between, background, background])
  expect(Array.from(matchBoxes(references, truths, { ...thresholds, keepsBest: true }))).toEqual([
    0,
    between,
    1,
    background,
  ])
  expect(Array.from(matchBoxes(references, boxes(), thresholds))).toEqual([-1, -1, -1, -1])
})
