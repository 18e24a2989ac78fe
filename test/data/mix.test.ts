import { describe, expect, test } from 'vitest'
import { beta } from '../../src/data/beta.js'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import { DataLoader, type LoaderOptions } from '../../src/data/loader.js'
import { mixBatch } from '../../src/data/mix.js'
import { Generator } from '../../src/tensor/random.js'

/** Two images of 2 × 2 in one channel, classes 0 and 2 of three. */
const twoImages = () => ({
  images: Float32Array.of(1, 1, 1, 1, 5, 5, 5, 5),
  labels: Int32Array.of(0, 2),
  targets: new Float32Array(6).fill(Number.NaN),
  shape: [2, 1, 2, 2] as const,
  classes: 3,
})

/** Finds a seed whose draws swap the two images: by half of all seeds each has itself as partner. */
function mixed(mix: { mixup: number; cutmix: number }) {
  for (let seed = 0; ; seed++) {
    const batch = twoImages()
    mixBatch(batch, mix, new Generator(seed))
    const [own] = batch.targets
    if (own! > 0.1 && own! < 0.9) return batch
  }
}

describe('by hand', () => {
  test('mixup blends pixels and targets by the same share', () => {
    const { images, targets, labels } = mixed({ mixup: 1, cutmix: 0 })
    const share = targets[0]!
    expect([...targets]).toEqual([share, 0, Math.fround(1 - share), Math.fround(1 - share), 0, share].map(Math.fround))
    for (let i = 0; i < 4; i++) {
      expect(images[i]).toBeCloseTo(share * 1 + (1 - share) * 5, 5)
      expect(images[4 + i]).toBeCloseTo(share * 5 + (1 - share) * 1, 5)
    }
    expect([...labels]).toEqual(share >= 0.5 ? [0, 2] : [2, 0])
  })

  test('cutmix pastes a box, and targets have its share of the area', () => {
    const { images, targets } = mixed({ mixup: 0, cutmix: 1 })
    const pasted = [...images.subarray(0, 4)].filter((x) => x === 5).length
    expect(pasted).toBeGreaterThan(0)
    expect([...images.subarray(0, 4)].filter((x) => x === 1).length).toBe(4 - pasted)
    expect([...images.subarray(4)].filter((x) => x === 1).length).toBe(pasted)
    expect(targets[0]).toBe(1 - pasted / 4)
    expect(targets[2]).toBe(pasted / 4)
  })
})

test('beta is symmetric about 1/2, with the variance 1 / (8α + 4)', () => {
  for (const alpha of [0.2, 1, 4]) {
    const generator = new Generator(1)
    const values = Array.from({ length: 20_000 }, () => beta(generator, alpha))
    const mean = values.reduce((a, b) => a + b) / values.length
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
    expect(mean).toBeCloseTo(0.5, 1.7)
    expect(variance * (8 * alpha + 4)).toBeCloseTo(1, 1)
  }
  expect(beta(new Generator(0), 1e-6)).toSatisfy((x: number) => x === 0 || x === 1)
})

describe('in a loader', async () => {
  const { train } = await loadCifar10Sample()
  const make = (options: Partial<LoaderOptions>) =>
    new DataLoader(train, { batchSize: 50, order: 'shuffle', seed: 4, worker: false, ...options })
  const both = { mixup: 0.8, cutmix: 1 }

  async function batches(loader: DataLoader, epoch: number, start = 0) {
    const list: { images: Float32Array; labels: number[]; targets: number[] }[] = []
    for await (const { images, labels, targets } of loader.epoch(epoch, start)) {
      list.push({ images: images.slice(), labels: [...labels], targets: [...targets!] })
    }
    await loader.close()
    return list
  }

  test('every step is a function of seed, epoch and step, in a worker too', async () => {
    const whole = await batches(make({ mix: both }), 3)
    const part = await batches(make({ mix: both, worker: true }), 3, 6)
    expect(part.length).toBe(4)
    for (const [i, { images, labels, targets }] of part.entries()) {
      expect(Buffer.compare(Buffer.from(images.buffer), Buffer.from(whole[6 + i]!.images.buffer))).toBe(0)
      expect([labels, targets]).toEqual([whole[6 + i]!.labels, whole[6 + i]!.targets])
    }
    const other = await batches(make({ mix: both }), 4)
    expect(other[6]!.targets).not.toEqual(whole[6]!.targets)
  })

  test('targets are shares that sum to 1, the label being the largest', async () => {
    for (const { labels, targets } of await batches(make({ mix: both }), 0)) {
      labels.forEach((label, i) => {
        const row = targets.slice(i * 10, (i + 1) * 10)
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
        expect(row[label]).toBe(Math.max(...row))
      })
    }
  })

  test('without mixing there are no targets', async () => {
    for await (const batch of make({}).epoch(0)) expect(batch.targets).toBeUndefined()
  })

  test('a batch of one image is refused', () => {
    expect(() => make({ mix: both, batchSize: 1 })).toThrow('images are mixed within a batch')
    expect(() => make({ mix: { mixup: 0, cutmix: 0 } })).toThrow('expected mixup or cutmix above 0, got 0 and 0')
  })
})
