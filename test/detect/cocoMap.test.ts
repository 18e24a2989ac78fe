import { expect, test } from 'vitest'
import { type Detection, evaluateDetections, type Truth } from '../../src/detect/evaluate/cocoMap.js'
import { fixture } from '../support/fixtures.js'

type Box = [number, number, number, number]

const truth = (box: Box, more: Partial<Truth> = {}): Truth => ({
  ...{ box, category: 0, area: box[2] * box[3], isCrowd: false },
  ...more,
})
const found = (box: Box, score: number, category = 0): Detection => ({ box, score, category })
const square: Box = [0, 0, 50, 50]
const away: Box = [100, 100, 50, 50]

const metrics = (truths: Truth[], detections: Detection[]) => evaluateDetections([{ truths, detections }], [0]).metrics

test('all found: 1; areas without truth: −1', () => {
  const one = expect.closeTo(1, 12)
  expect(metrics([truth(square)], [found(square, 0.9)])).toEqual({
    ...{ ap: one, ap50: one, ap75: one, apSmall: -1, apMedium: one, apLarge: -1 },
    ...{ ar1: 1, ar10: 1, ar100: 1, arSmall: -1, arMedium: 1, arLarge: -1 },
  })
})

test('no truth: nothing can be measured', () => {
  expect(Object.values(metrics([], [found(square, 0.9)]))).toEqual(new Array(12).fill(-1))
})

test('truth, and nothing found: 0', () => {
  expect(metrics([truth(square)], []).ap).toBe(0)
})

test('a wrong one before the right one: half the precision at every recall', () => {
  const { ap, ar1, ar10 } = metrics([truth(square)], [found(away, 0.9), found(square, 0.8)])
  expect(ap).toBeCloseTo(0.5, 12)
  expect([ar1, ar10]).toEqual([0, 1])
})

test('equal scores: in the order in which they were given', () => {
  expect(metrics([truth(square)], [found(square, 0.5), found(away, 0.5)]).ap).toBeCloseTo(1, 12)
  expect(metrics([truth(square)], [found(away, 0.5), found(square, 0.5)]).ap).toBeCloseTo(0.5, 12)
})

test('one of two found: precision 1 up to a recall of one half, 51 of 101 points', () => {
  expect(metrics([truth(square), truth(away)], [found(square, 0.9)]).ap).toBeCloseTo(51 / 101, 12)
})

test('an overlap of 0.6 counts at the thresholds 0.50, 0.55 and 0.60', () => {
  const { ap, ap50, ap75 } = metrics([truth([0, 0, 100, 100])], [found([0, 0, 100, 60], 1)])
  expect(ap).toBeCloseTo(0.3, 12)
  expect([ap50, ap75]).toEqual([expect.closeTo(1, 12), 0])
})

test('what lies in a crowd counts neither as right nor as wrong, however often', () => {
  const crowd = truth([100, 100, 100, 100], { isCrowd: true })
  const inside = [found([110, 110, 20, 20], 0.9), found([150, 150, 20, 20], 0.8)]
  expect(metrics([truth(square), crowd], [...inside, found(square, 0.7)]).ap).toBeCloseTo(1, 12)
})

test('a small object is ignored among large ones, and a small wrong box too', () => {
  const small: Box = [200, 200, 10, 10]
  const { apSmall, apMedium } = metrics(
    [truth(square), truth(small)],
    [found(small, 0.9), found([300, 0, 9, 9], 0.8), found(square, 0.7)],
  )
  expect(apMedium).toBeCloseTo(1, 12)
  expect(apSmall).toBeCloseTo(1, 12)
})

test('the annotated area decides, not that of the box', () => {
  expect(metrics([truth(square, { area: 100 })], [found(square, 0.9)]).apSmall).toBeCloseTo(1, 12)
})

test('detections beyond one hundred an image are not seen', () => {
  const wrong = Array.from({ length: 100 }, (_, i) => found([200 + i, 0, 5, 5], 0.9))
  expect(metrics([truth(square)], [...wrong, found(square, 0.1)]).ap).toBe(0)
})

interface Stored {
  cases: { name: string; images: { truths: Truth[]; detections: Detection[] }[]; stats: number[] }[]
}

test.each(fixture<Stored>('detection-map').cases)(
  '$name: all twelve numbers are those of pycocotools',
  ({ images, stats }) => {
    const ours = Object.values(evaluateDetections(images, [0, 1, 2]).metrics)
    expect(ours.length).toBe(12)
    for (const [i, value] of ours.entries()) expect(Math.abs(value - stats[i]!)).toBeLessThan(1e-9)
  },
)
