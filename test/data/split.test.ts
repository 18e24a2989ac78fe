import { expect, test } from 'vitest'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import { DataLoader } from '../../src/data/loader.js'
import { stratifiedSplit } from '../../src/data/split.js'
import { tinyDataset } from './support.js'

const { train } = await loadCifar10Sample()

test('holds out the same share of every class, each image in one part', () => {
  const { train: rest, validation } = stratifiedSplit(train, 0.1, 0)
  expect([rest.length, validation.length]).toEqual([450, 50])
  expect(new Set([...rest, ...validation]).size).toBe(500)
  const counts = new Array(10).fill(0)
  for (const i of validation) counts[train.labels[i]!]++
  expect(counts).toEqual(new Array(10).fill(5))
})

test('follows from the seed', () => {
  const of = (seed: number) => [...stratifiedSplit(train, 0.2, seed).validation]
  expect(of(1)).toEqual(of(1))
  expect(of(1)).not.toEqual(of(2))
})

test('a share that leaves nothing is refused', () => {
  expect(() => stratifiedSplit(train, 0.001, 0)).toThrow(
    'valSplit: 0.001 of the 500 images of cifar10-sample/train leaves 500 for training and 0 for validation',
  )
  expect(() => stratifiedSplit(tinyDataset([[1]]), 0.9, 0)).toThrow('leaves 0 for training and 1 for validation')
})

test('a loader of a part gives its images alone, as the whole would', async () => {
  const indexes = stratifiedSplit(train, 0.1, 0).validation
  const loader = new DataLoader(train, { batchSize: 20, indexes, order: 'shuffle', worker: false, dropLast: true })
  expect([loader.count, loader.stepsPerEpoch]).toEqual([50, 2])
  const allowed = new Set(Array.from(indexes, (i) => train.images.subarray(i * 3072, i * 3072 + 3072).join()))
  const plain = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] }
  const bytes = new DataLoader({ ...train, ...plain }, { batchSize: 50, indexes, order: 'shuffle', worker: false })
  for await (const { images } of bytes.epoch(1)) {
    for (let i = 0; i < 50; i++) {
      const image = images.subarray(i * 3072, (i + 1) * 3072).map(Math.round)
      expect(allowed.delete(image.join())).toBe(true)
    }
  }
  expect(allowed.size).toBe(0)
  expect(() => new DataLoader(train, { batchSize: 1, indexes: Int32Array.of(500) })).toThrow(
    'expected indexes from 0 to 499 in cifar10-sample/train, got 500',
  )
})
