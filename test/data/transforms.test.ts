import { describe, expect, test } from 'vitest'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import type { ImageDataset } from '../../src/data/dataset.js'
import { type Augment, augmentByName, augmentPresets, isTurnedIn, writeExample } from '../../src/data/transforms.js'
import { Generator } from '../../src/tensor/random.js'
import { fixture } from '../support/fixtures.js'
import { tinyDataset } from './support.js'

/** Hands out the given numbers, so that a test says what was drawn. */
class Scripted extends Generator {
  readonly draws: number[]
  constructor(...draws: number[]) {
    super()
    this.draws = draws
  }
  override integer(n: number): number {
    const value = this.draws.shift()!
    if (!(value < n)) throw new Error(`draw ${value} of ${n}`)
    return value
  }
}

const image = tinyDataset([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
])

function augmented(augment: Partial<Augment>, generator: Generator | null, dataset: ImageDataset = image): number[][] {
  const { channels, height, width } = dataset
  const out = new Float32Array(channels * height * width).fill(Number.NaN)
  writeExample(dataset, 0, { ...augmentPresets.none, ...augment }, generator, out, 0)
  return Array.from({ length: channels * height }, (_, y) => [...out.subarray(y * width, (y + 1) * width)])
}

describe('reflected padding', () => {
  const { padding } = fixture<{ padding: { pixels: number; crops: number[][] }[] }>('speednet')
  const dataset: ImageDataset = {
    ...{ name: 'numbers', images: Uint8Array.from({ length: 40 }, (_, i) => i), labels: new Uint8Array(1), count: 1 },
    ...{ channels: 2, height: 4, width: 5, classes: ['a'], mean: [0, 0], std: [1 / 255, 1 / 255] },
  }
  const crop = (augment: Augment, isTurned: boolean, ...draws: number[]): number[] => {
    const out = new Float32Array(40)
    writeExample(dataset, 0, augment, new Scripted(...draws), out, 0, isTurned)
    return [...out].map(Math.round)
  }

  test.each(padding)('of $pixels pixels is that of PyTorch, mirrored or not', ({ pixels, crops }) => {
    const augment = augmentByName(`translate-p${pixels}`)!
    crops.forEach((expected, i) => {
      const [y, x] = [Math.floor(i / (2 * pixels + 1)), i % (2 * pixels + 1)]
      expect(crop(augment, false, y, x, 0)).toEqual(expected)
      const mirrored = Array.from({ length: 8 }, (_, row) => expected.slice(5 * row, 5 * row + 5).reverse()).flat()
      expect(crop(augment, false, y, x, 1)).toEqual(mirrored)
      expect(crop({ ...augment, flip: 'alternate' }, true, y, x)).toEqual(mirrored)
    })
  })

  test('has names', () => {
    expect(augmentByName('translate-p2')).toEqual({ crop: 2, padding: 'reflect', flip: true, cutout: 0 })
    expect(augmentByName('translate-p3-alternate')).toMatchObject({ crop: 3, flip: 'alternate' })
    expect(augmentByName('translate-p2-never')).toBeNull()
  })
})

test('alternating flips: an orientation drawn once an image, and turned every second epoch', () => {
  const inEpoch = (epoch: number) => Array.from({ length: 400 }, (_, index) => isTurnedIn(epoch, 7, index))
  expect(inEpoch(1)).toEqual(inEpoch(0).map((turned) => !turned))
  expect(inEpoch(6)).toEqual(inEpoch(0))
  const turned = inEpoch(0).filter(Boolean).length
  expect(turned).toBeGreaterThan(160)
  expect(turned).toBeLessThan(240)
})

describe('augmentation, by hand', () => {
  test('none', () => {
    expect(augmented({}, null)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ])
  })

  // With one pixel of padding the first draw is the top row and the second the left column of the crop, from 0 to 2.
  test.each([
    ['top left', [0, 0], [[0, 0, 0], [0, 1, 2], [0, 4, 5]]], // biome-ignore format: images
    ['centre', [1, 1], [[1, 2, 3], [4, 5, 6], [7, 8, 9]]], // biome-ignore format: images
    ['bottom right', [2, 2], [[5, 6, 0], [8, 9, 0], [0, 0, 0]]], // biome-ignore format: images
    ['top right', [0, 2], [[0, 0, 0], [2, 3, 0], [5, 6, 0]]], // biome-ignore format: images
  ])('crop at the %s', (_, draws, expected) => {
    expect(augmented({ crop: 1 }, new Scripted(...draws))).toEqual(expected)
  })

  test('flip, after the crop', () => {
    expect(augmented({ flip: true }, new Scripted(1))[0]).toEqual([3, 2, 1])
    expect(augmented({ flip: true }, new Scripted(0))[0]).toEqual([1, 2, 3])
    expect(augmented({ crop: 1, flip: true }, new Scripted(0, 0, 1))).toEqual([
      [0, 0, 0],
      [2, 1, 0],
      [5, 4, 0],
    ])
    expect(augmented({ crop: 1, flip: true }, new Scripted(1, 2, 1))[0]).toEqual([0, 3, 2])
  })

  test('cutout, clipped at the border', () => {
    // Side 2 around (0, 0) covers rows and columns −1 and 0; around (2, 1), rows 1 and 2, columns 0 and 1.
    expect(augmented({ cutout: 2 }, new Scripted(0, 0))).toEqual([
      [0, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ])
    expect(augmented({ cutout: 2 }, new Scripted(2, 1))).toEqual([
      [1, 2, 3],
      [0, 0, 6],
      [0, 0, 9],
    ])
  })

  test('padding is a black pixel, cutout the mean colour', () => {
    const grey = tinyDataset([[128]], { mean: [0.5], std: [0.25] })
    expect(augmented({ crop: 1 }, new Scripted(0, 0), grey)).toEqual([[-2]])
    expect(augmented({ cutout: 1 }, new Scripted(0, 0), grey)).toEqual([[0]])
  })

  test('without a generator nothing is drawn', () => {
    expect(augmented(augmentPresets.cutout, null)).toEqual(augmented({}, null))
  })
})

test('normalization is (x / 255 − mean) / std of each channel', async () => {
  const { test: dataset } = await loadCifar10Sample()
  const out = new Float32Array(3072 + 5)
  writeExample(dataset, 3, augmentPresets.none, null, out, 5)
  for (let i = 0; i < 3072; i++) {
    const c = Math.floor(i / 1024)
    const expected = Math.fround((dataset.images[3 * 3072 + i]! / 255 - dataset.mean[c]!) / dataset.std[c]!)
    expect(out[5 + i]).toBe(expected)
  }
})

test('all crops and both mirror images come up about equally often', () => {
  const rows = Array.from({ length: 3 }, (_, y) => [1, 2, 3].map((x) => 10 * y + x))
  const seen = new Map<string, number>()
  for (let i = 0; i < 3600; i++) {
    const key = String(augmented({ crop: 1, flip: true }, new Generator(0, 0, i), tinyDataset(rows)))
    seen.set(key, (seen.get(key) ?? 0) + 1)
  }
  expect(seen.size).toBe(18)
  for (const count of seen.values()) expect(Math.abs(count - 200)).toBeLessThan(60)
})
