import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as affineOps from '../../src/data/affineOps.js'
import type { ByteImage } from '../../src/data/bytes.js'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import * as pixelOps from '../../src/data/pixelOps.js'
import { parseRandAugment, randAugment, randOps } from '../../src/data/randAugment.js'
import { augmentByName, augmentPresets, writeExample } from '../../src/data/transforms.js'
import { Generator } from '../../src/tensor/random.js'

type Change = (image: ByteImage, amount: number) => void
const changes = { ...affineOps, ...pixelOps } as Record<string, Change>

/** An image of one channel, changed. */
function changed(rows: number[][], change: (image: ByteImage) => void): number[][] {
  const width = rows[0]!.length
  const data = Uint8Array.from(rows.flat())
  change({ data, channels: 1, height: rows.length, width })
  return rows.map((_, y) => [...data.subarray(y * width, (y + 1) * width)])
}

describe('operations, by hand', () => {
  test.each<[string, number, number[], number[]]>([
    ['autoContrast', 0, [50, 100, 101, 150], [0, 127, 130, 255]], // (x − 50) · 255 / 100
    ['autoContrast', 0, [7, 7, 7], [7, 7, 7]],
    ['solarize', 128, [0, 127, 128, 255], [0, 127, 127, 0]],
    ['solarize', 256, [0, 127, 255], [0, 127, 255]],
    ['posterize', 4, [0, 15, 16, 255], [0, 0, 16, 240]],
    ['posterize', 8, [1, 15, 255], [1, 15, 255]],
    ['brightness', 0.5, [0, 101, 255], [0, 50, 127]],
    ['brightness', 1.5, [0, 100, 255], [0, 150, 255]],
    ['color', 0, [3, 200], [3, 200]], // grey is its own grey
    ['contrast', 0.5, [0, 100, 200], [50, 100, 150]], // the mean is 100
    ['contrast', 2, [0, 100, 200], [0, 100, 255]],
    ['shearY', 0.5, [1, 2, 3], [1, 0, 0]],
    ['translateX', 1, [1, 2, 3], [2, 3, 0]],
    ['translateX', -2, [1, 2, 3], [0, 0, 1]],
    ['translateY', 1, [1, 2, 3], [0, 0, 0]],
  ])('%s %d', (name, amount, row, expected) => {
    expect(changed([row], (image) => changes[name]!(image, amount))).toEqual([expected])
  })

  test('color 0 is the grey of the eye', () => {
    const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255) // a red, a green and a blue pixel
    pixelOps.color({ data, channels: 3, height: 1, width: 3 }, 0)
    expect([...data]).toEqual([76, 150, 29, 76, 150, 29, 76, 150, 29])
  })

  test('sharpness 0 smooths all but the border', () => {
    const dot = [
      [0, 0, 0],
      [0, 130, 0],
      [0, 0, 26],
    ]
    // (5 · 130 + 26) / 13 = 52
    expect(changed(dot, (image) => pixelOps.sharpness(image, 0))).toEqual([dot[0], [0, 52, 0], dot[2]])
    expect(changed(dot, (image) => pixelOps.sharpness(image, 2))[1]).toEqual([0, 208, 0])
  })

  test('a shear by 1 moves each row by one pixel more', () => {
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]
    // Middles of pixels lie at halves: the first row moves by half a pixel, which rounds up.
    expect(changed(rows, (image) => affineOps.shearX(image, 1))).toEqual([
      [2, 3, 0],
      [6, 0, 0],
      [0, 0, 0],
    ])
  })

  test('a quarter turn', () => {
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]
    expect(changed(rows, (image) => affineOps.rotate(image, 90))).toEqual([
      [3, 6, 9],
      [2, 5, 8],
      [1, 4, 7],
    ])
  })

  test('equalize spreads levels by their counts', () => {
    // 510 pixels of two levels: step (510 − 255) / 255 = 1, and the brighter level has all darker pixels below it.
    const rows = [new Array(255).fill(10), new Array(255).fill(11)]
    const [dark, bright] = changed(rows, pixelOps.equalize)
    expect([new Set(dark), new Set(bright)]).toEqual([new Set([0]), new Set([255])])
  })
})

describe('operations, as Pillow has them', () => {
  const fixture = JSON.parse(readFileSync(new URL('../fixtures/augment.json', import.meta.url), 'utf8'))
  const [channels, height, width] = fixture.shape

  test.each(Object.keys(fixture.results))('%s', (title) => {
    const [name, amount] = title.split(' ') as [string, string?]
    const data = Uint8Array.from(fixture.image)
    changes[name]!({ data, channels, height, width }, Number(amount))
    expect([...data]).toEqual(fixture.results[title])
  })

  test('equalize', () => {
    const at = (f: (x: number, y: number) => number) => Array.from({ length: 1600 }, (_, i) => f(i % 40, (i / 40) | 0))
    const planes = [at((x, y) => (3 * x + 5 * y) % 200), at((x, y) => (x * y) % 256), at((x, y) => 255 - (x + y))]
    const data = Uint8Array.from(planes.flat())
    pixelOps.equalize({ data, channels: 3, height: 40, width: 40 })
    expect(Buffer.compare(data, Uint8Array.from(fixture.equalizedSlopes))).toBe(0)
  })
})

describe('RandAugment', () => {
  test('has the fourteen operations of the paper, and at magnitude 0 most change nothing', async () => {
    expect(Object.keys(randOps)).toHaveLength(14)
    const { train } = await loadCifar10Sample()
    const original = train.images.slice(0, 3072)
    for (const [name, op] of Object.entries(randOps)) {
      const data = original.slice()
      op({ data, channels: 3, height: 32, width: 32 }, 0, () => 1)
      const isSame = Buffer.compare(data, original) === 0
      expect(isSame, name).toBe(!['autoContrast', 'equalize'].includes(name))
    }
  })

  test('at magnitude 10 turns by 30°, moves by 45 % and keeps 4 bits', () => {
    const image = () => ({ data: new Uint8Array(32).fill(255), channels: 1, height: 1, width: 32 })
    const [moved, kept] = [image(), image()]
    randOps.translateX!(moved, 1, () => -1)
    expect(moved.data.filter((x) => x === 0)).toHaveLength(15) // of 32 · 150 / 331 = 14.5
    randOps.posterize!(kept, 1, () => 1)
    expect(kept.data[0]).toBe(240)
  })

  test('draws every operation about equally often', () => {
    const generator = new Generator(3)
    const counts = new Array(14).fill(0)
    const drawn = generator.integer.bind(generator)
    generator.integer = (n) => {
      const value = drawn(n)
      if (n === 14) counts[value]++
      return value
    }
    const image = { data: new Uint8Array(4), channels: 1, height: 2, width: 2 }
    for (let i = 0; i < 700; i++) randAugment(image, { magnitude: 5, ops: 2 }, generator)
    expect(counts.reduce((a, b) => a + b)).toBe(1400)
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(40)
  })

  test('comes by its name, after crop and flip', () => {
    expect(parseRandAugment('rand-m9-n2')).toEqual({ magnitude: 9, ops: 2 })
    expect(augmentByName('rand-m4.5-n3')).toEqual({ crop: 4, flip: true, cutout: 0, rand: { magnitude: 4.5, ops: 3 } })
    expect(augmentByName('cutout')).toBe(augmentPresets.cutout)
    for (const name of ['rand', 'rand-m11-n2', 'rand-m9-n0', 'rand-m9', 'toString']) {
      expect(augmentByName(name), name).toBeNull()
    }
  })

  test('changes an image alike for the same draws, and otherwise for others', async () => {
    const { train } = await loadCifar10Sample()
    const write = (seed: number) => {
      const out = new Float32Array(3072)
      writeExample(train, 7, augmentByName('rand-m9-n2')!, new Generator(seed), out, 0)
      return Buffer.from(out.buffer)
    }
    expect(Buffer.compare(write(1), write(1))).toBe(0)
    expect(Buffer.compare(write(1), write(2))).not.toBe(0)
  })
})
