import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import { DataLoader, type LoaderOptions } from '../../src/data/loader.js'
import { augmentPresets } from '../../src/data/transforms.js'
import { packageRoot } from '../../src/packageRoot.js'
import { md5 } from './support.js'

const { train } = await loadCifar10Sample()

function makeLoader(options: Partial<LoaderOptions> = {}, dataset = train) {
  const loader = new DataLoader(dataset, {
    batchSize: 64,
    order: 'shuffle',
    augment: augmentPresets.cutout,
    ...options,
  })
  onTestFinished(() => loader.close())
  return loader
}

/** One line a batch: step, size and checksums of what it holds. */
async function digest(loader: DataLoader, epoch: number, startStep = 0): Promise<string[]> {
  const lines = []
  for await (const { step, shape, images, labels } of loader.epoch(epoch, startStep)) {
    const bytes = [images, labels].map((array) => md5(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)))
    lines.push([step, shape, ...bytes].join(' '))
  }
  return lines
}

describe('batches', () => {
  test('cover the data once, the last one short', async () => {
    const loader = makeLoader({ worker: false })
    expect(loader.stepsPerEpoch).toBe(8)
    const counts = new Array(10).fill(0)
    const sizes = []
    for await (const batch of loader.epoch(0)) {
      sizes.push(batch.count)
      expect(batch.images.length).toBe(batch.count * 3072)
      expect(batch.shape).toEqual([batch.count, 3, 32, 32])
      for (const label of batch.labels) counts[label]++
    }
    expect(sizes).toEqual([64, 64, 64, 64, 64, 64, 64, 52])
    expect(counts).toEqual(new Array(10).fill(50))
  })

  test('dropLast leaves the short one out', async () => {
    const loader = makeLoader({ worker: false, dropLast: true })
    expect(loader.stepsPerEpoch).toBe(7)
    expect(await digest(loader, 0)).toHaveLength(7)
  })

  test('sequential order is the order of the data', async () => {
    const loader = makeLoader({ order: 'sequential', augment: augmentPresets.none })
    const labels = []
    for await (const batch of loader.epoch(3)) labels.push(...batch.labels)
    expect(labels).toEqual([...train.labels])
  })
})

describe('the same bits', () => {
  test('from the worker and from this thread, over epochs', async () => {
    const [inline, worker] = [makeLoader({ worker: false }), makeLoader()]
    for (const epoch of [0, 1, 7]) expect(await digest(worker, epoch)).toEqual(await digest(inline, epoch))
  })

  test.each([true, false])('when picking up in the middle (worker: %s)', async (worker) => {
    const whole = await digest(makeLoader({ worker }), 2)
    expect(await digest(makeLoader({ worker }), 2, 5)).toEqual(whole.slice(5))
    expect(await digest(makeLoader({ worker }), 2, 8)).toEqual([])
  })

  test('but others for another seed or epoch', async () => {
    const first = await digest(makeLoader({ worker: false, seed: 1 }), 0)
    expect(await digest(makeLoader({ worker: false, seed: 1 }), 0)).toEqual(first)
    expect(await digest(makeLoader({ worker: false, seed: 2 }), 0)).not.toEqual(first)
    expect(await digest(makeLoader({ worker: false, seed: 1 }), 1)).not.toEqual(first)
  })

  test('an image is augmented alike whatever batch it falls in', async () => {
    const images = async (batchSize: number) => {
      const parts = []
      const loader = makeLoader({ worker: false, batchSize })
      for await (const batch of loader.epoch(4)) parts.push(Buffer.from(Float32Array.from(batch.images).buffer))
      return md5(Buffer.concat(parts))
    }
    expect(await images(64)).toBe(await images(33))
  })
})

describe('the worker', () => {
  test("a batch stays as it is while it is the consumer's", async () => {
    const loader = makeLoader()
    for await (const { images } of loader.epoch(0)) {
      const before = md5(new Uint8Array(images.buffer))
      await new Promise((resolve) => setTimeout(resolve, 10))
      expect(md5(new Uint8Array(images.buffer))).toBe(before)
    }
  })

  test('epochs left early, and two at a time, do not disturb each other', async () => {
    const expected = await digest(makeLoader({ worker: false }), 1)
    const loader = makeLoader()
    for await (const { step } of loader.epoch(0)) if (step === 1) break
    expect(await digest(loader, 1)).toEqual(expected)
    const both = await Promise.all([digest(loader, 1), digest(loader, 1)])
    expect(both).toEqual([expected, expected])
  })

  test('takes the same memory for every epoch, also after one that was left early', async () => {
    const loader = makeLoader()
    const memory = new Set<ArrayBufferLike>()
    for (let epoch = 0; epoch < 6; epoch++) {
      for await (const { step, images } of loader.epoch(epoch)) {
        memory.add(images.buffer)
        if (epoch === 2 && step === 3) break
      }
      await new Promise((resolve) => setTimeout(resolve, 100)) // what the one that was left had asked for is written
    }
    expect(memory.size).toBe(3)
  })

  test('its failure reaches the consumer', async () => {
    const loader = makeLoader({}, { ...train, mean: undefined as never })
    await expect(digest(loader, 0)).rejects.toThrow(/the data loader's worker failed: .*undefined/)
  })

  test('a closed loader starts again', async () => {
    const loader = makeLoader()
    const first = await digest(loader, 0)
    await loader.close()
    expect(await digest(loader, 0)).toEqual(first)
  })

  test('closing ends an epoch that is waiting', async () => {
    const loader = makeLoader()
    const next = loader.epoch(0).next()
    await Promise.all([expect(next).rejects.toThrow('the data loader was closed'), loader.close()])
  })

  test('does not keep a process alive that left an epoch early and never closed', async () => {
    const script = `
      import { DataLoader, loadCifar10Sample } from '${new URL('dist/src/data/index.js', packageRoot)}'
      const { train } = await loadCifar10Sample()
      const loader = new DataLoader(train, { batchSize: 32 })
      for await (const { step } of loader.epoch(0)) if (step === 2) break
      console.log('left')`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 20_000,
    })
    expect(stdout).toBe('left\n')
  })
})

test('bad options and datasets are refused', () => {
  expect(() => makeLoader({ batchSize: 0 })).toThrow('expected batchSize to be a whole number of at least 1, got 0')
  expect(() => makeLoader({ batchSize: 501, dropLast: true })).toThrow(/no full batch of 501 in cifar10-sample\/train/)
  expect(() => makeLoader({}, { ...train, count: 400 })).toThrow(
    'expected 1228800 image bytes for (400, 3, 32, 32) and 400 labels, got 1536000 bytes and 500 labels',
  )
})

test('125 augmented images take a few milliseconds of processor time', async () => {
  const loader = makeLoader({ worker: false, batchSize: 125, augment: augmentPresets.standard })
  const times = []
  for (let epoch = 0; epoch < 20; epoch++) {
    let start = process.cpuUsage()
    for await (const _ of loader.epoch(epoch)) {
      times.push(process.cpuUsage(start).user / 1000)
      start = process.cpuUsage()
    }
  }
  const median = times.sort((a, b) => a - b)[times.length >> 1]!
  expect(median).toBeLessThan(10) // about 1.2
})
