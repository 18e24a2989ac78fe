import { afterAll, describe, expect, it } from 'vitest'
import { getBackend } from '../../src/tensor/backend.js'
import { findLearningRate, type LrPoint, steepest } from '../../src/train/lrFind.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'

afterAll(() => getBackend().close())

const points = (losses: number[]): LrPoint[] => losses.map((smoothed, i) => ({ lr: i, loss: smoothed, smoothed }))

describe('the suggestion', () => {
  it('is where the loss falls fastest, on the way to its least', () => {
    const flat = new Array(12).fill(3)
    // Slopes by central differences: −0.1, −0.5, −0.9, −0.55, … ; the drop after the rise is not considered.
    expect(steepest(points([...flat, 2.9, 2, 1.1, 1, 5, 20, 6, 5]))).toBe(13)
  })

  it('is none where the loss only rises, or rises at once', () => {
    expect(steepest(points([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]))).toBeNull()
    expect(steepest(points([3, 2, 1]))).toBeNull()
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
