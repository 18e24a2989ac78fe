import { afterAll, describe, expect, test } from 'vitest'
import { fig1 } from '../../../src/experiments/toy/fig1.js'
import { fig4 } from '../../../src/experiments/toy/fig4.js'
import { similarPairs } from '../../../src/experiments/toy/pairs.js'
import { toyRows } from '../../../src/experiments/toy/table2.js'
import { createModel } from '../../../src/models/registry.js'
import { setBackend } from '../../../src/tensor/backend.js'
import { randn } from '../../../src/tensor/create.js'
import { Generator } from '../../../src/tensor/random.js'
import { WasmBackend } from '../../../src/tensor/wasm/wasmBackend.js'

const backend = new WasmBackend({ threads: 1 })
setBackend(backend)
afterAll(() => backend.close())

const generator = new Generator(3)
const noise = (length: number) => Float32Array.from({ length }, () => generator.uniform())

describe('similarPairs', () => {
  const [a, b] = [noise(100), noise(100)]
  const noisy = (map: Float32Array, share: number) => {
    const added = noise(100)
    return map.map((v, i) => v + share * added[i]!)
  }
  const maps = [a, b, noisy(b, 0.2), new Float32Array(100).fill(2), noisy(a, 0.1), noisy(a, 0.3)]

  test('the most correlated first; no map twice, no constant one', () => {
    const pairs = similarPairs(maps, 3)
    expect(pairs.map(({ maps }) => maps)).toEqual([
      [0, 4],
      [1, 2],
    ])
    expect(pairs[0]!.correlation).toBeGreaterThan(pairs[1]!.correlation)
  })

  test('the correlation is that of Pearson', () => {
    // (1, 2, 3) and (2, 4, 5): 3 / √(2 · 14/3)
    const [pair] = similarPairs([Float32Array.of(1, 2, 3), Float32Array.of(2, 4, 5)], 1)
    expect(pair!.correlation).toBeCloseTo(3 / Math.sqrt(28 / 3), 6)
  })
})

describe('toyRows', () => {
  const maps = Array.from({ length: 8 }, () => noise(64))
  const output = (scale: number) => ({
    shape: [1, 8, 8, 8],
    data: Float32Array.from(
      maps.flatMap((map) => [...map]),
      (v) => scale * v,
    ),
  })

  test('three pairs; a larger filter never does worse', () => {
    const rows = toyRows(output(1))
    expect(rows.map(({ colour }) => colour)).toEqual(['red', 'green', 'blue'])
    expect(new Set(rows.flatMap(({ maps }) => maps)).size).toBe(6)
    for (const { mse, meanSquare } of rows) {
      expect(mse[0]).toBeLessThan(meanSquare)
      expect(mse.length).toBe(4)
      for (let i = 1; i < 4; i++) expect(mse[i]).toBeLessThan(mse[i - 1]!)
    }
  })

  test('does not depend on the scale of the maps', () => {
    const [rows, scaled] = [toyRows(output(1)), toyRows(output(16))]
    expect(scaled).toEqual(rows)
  })
})

const pixels = { width: 1, height: 1, channels: 1, data: Uint8Array.of(0) } as const

test('Figure 1 shows at most 64 maps, those of the pairs among them', () => {
  const output = { shape: [1, 100, 2, 2], data: noise(400) }
  const pairs = [
    { colour: 'red', maps: [3, 99] },
    { colour: 'green', maps: [70, 80] },
  ] as const
  const figure = fig1({ name: 'net', image: { label: 'x', pixels }, output, pairs })
  const panel = figure.rows[0]![1]!
  expect(panel.label).toBe('first residual block: 64 of 100 maps')
  expect(panel.tiles.filter(({ frame }) => frame).map(({ label, frame }) => [label, frame])).toEqual([
    ['3', 'red'],
    ['70', 'green'],
    ['80', 'green'],
    ['99', 'red'],
  ])
})

describe('Figure 4', () => {
  const image = { label: 'x', pixels, input: randn([1, 3, 32, 32], { generator }) }
  const rows = (name: string, options = {}) => {
    const model = createModel(name, { ...options, seed: 0 })
    return fig4({ networks: [{ name, model }], image }).rows[1]!.map(({ label, frame, tiles }) => [
      label,
      frame,
      tiles.length,
    ])
  }

  test('frames intrinsic maps and ghosts apart, and those of a convolution alike', () => {
    expect(rows('vgg16')).toEqual([['vgg16: 64 maps', 'grey', 64]])
    expect(rows('ghost-vgg16', { s: 3 })).toEqual([
      ['ghost-vgg16: 22 intrinsic maps', 'red', 22],
      ['42 ghosts', 'green', 42],
    ])
  })

  test('is of VGG alone', () => {
    expect(() => rows('resnet20')).toThrow('fig4: expected weights of vgg16 or ghost-vgg16, got resnet20')
  })
})
