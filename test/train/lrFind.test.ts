import { afterAll, describe, expect, it } from 'vitest'
import { getBackend } from '../../src/tensor/backend.js'
import { findLearningRate, type LrPoint, suggestRate } from '../../src/train/lrFind.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'

afterAll(() => getBackend().close())

const points = (losses: number[]): LrPoint[] => losses.map((smoothed, i) => ({ lr: i, loss: smoothed, smoothed }))

describe('the suggestion', () => {
  it('is where the loss is least before it grows, whatever single batches do', () => {
    // Medians of five: the lone 0.1 does not count; that of 1.5, 1.2, 1.1, 1, 1.1 is the first of 1.1.
    const losses = [...new Array(12).fill(3), 2.5, 0.1, 2, 1.5, 1.2, 1.1, 1, 1.1, 4, 9]
    expect(suggestRate(points(losses))).toBe(17)
  })

  it('is a third of it for AdamW, whose steps keep their size', () => {
    const losses = [...new Array(12).fill(3), 2, 1.5, 1.2, 1.1, 1, 1.1, 4, 9]
    expect(suggestRate(points(losses), 'adamw')).toBeCloseTo(suggestRate(points(losses), 'sgd')! / 3, 12)
  })

  it("is within a factor of three of the best of a grid for ghost-resnet20's course on CIFAR-10", () => {
    // Every fifth loss of a search from 1e-5 to 10 in 100 steps; 0.1 trains best of 0.01, 0.03, 0.1, 0.3 and 1.
    const course = [
      2.59, 2.56, 2.49, 2.43, 2.56, 2.58, 2.37, 2.32, 2.29, 2.39, 2.31, 2.25, 2.22, 2.46, 2.22, 2.86, 3.14, 2.44, 2.41,
      2.38,
    ]
    const found = suggestRate(course.map((loss, i) => ({ lr: 1e-5 * 10 ** ((6 * 5 * i) / 99), loss, smoothed: loss })))!
    expect(found).toBeGreaterThan(0.1 / 3)
    expect(found).toBeLessThan(0.3)
  })

  it('is the last rate before the loss grows, where it falls by no more than its noise', () => {
    // Around 3 by up to 0.1, with a dip of 0.04 that is an accident; from the 20th on it grows.
    const level = Array.from(
      { length: 20 },
      (_, i) => 3 + [0, 0.1, -0.1, 0.05, -0.05][i % 5]! - (i >= 4 && i <= 8 ? 0.04 : 0),
    )
    expect(suggestRate(points([...level, 3.6, 3.7, 3.8, 4, 5, 6, 7, 8]))).toBe(19)
  })

  it('is none where the loss only rises, or rises at once', () => {
    expect(suggestRate(points([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]))).toBeNull()
    expect(suggestRate(points([3, 2, 1]))).toBeNull()
  })
})

describe('findLearningRate', () => {
  const config = readConfig(
    objectLayer(
      { model: 'mobilenetv1', width: 0.1, data: 'cifar10-sample', batchSize: 16, threads: 1, augment: 'none' },
      'here',
    ),
  )

  it('raises the rate exponentially and smooths the losses as Lightning does', async () => {
    const { points } = await findLearningRate(config, { minLr: 1e-4, maxLr: 0.1, steps: 16 })
    expect(points).toHaveLength(16)
    points.forEach(({ lr }, i) => {
      expect(lr).toBeCloseTo(1e-4 * 1000 ** (i / 15), 8)
    })
    const [first, second] = points
    expect(first!.smoothed).toBeCloseTo(first!.loss, 10)
    expect(second!.smoothed).toBeCloseTo((0.98 * 0.02 * first!.loss + 0.02 * second!.loss) / (1 - 0.98 ** 2), 10)
  })

  it('ends where the loss diverges', async () => {
    const { points, diverged } = await findLearningRate(config, { minLr: 1e-4, maxLr: 1e12, steps: 40 })
    expect(diverged).toBe(true)
    expect(points.length).toBeLessThan(40)
  })

  it('refuses rates that do not rise, and too few steps', async () => {
    await expect(findLearningRate(config, { minLr: 1, maxLr: 0.1 })).rejects.toThrow(
      'lr-find: expected rates that rise, 0 < from < to, got from 1 to 0.1',
    )
    await expect(findLearningRate(config, { steps: 5 })).rejects.toThrow(
      'lr-find: expected steps of at least 13, got 5',
    )
  })
})
