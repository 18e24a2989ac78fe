import { describe, expect, test } from 'vitest'
import { Conv2d, init, Linear } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { zeros } from '../../src/tensor/create.js'
import { Generator, manualSeed } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../src/tensor/tensor.js'

setBackend(new ReferenceBackend())

const SHAPE = [64, 32, 3, 3] // fanIn 288, fanOut 576
const generator = () => new Generator(1)

function moments(x: Tensor) {
  const values = x.data
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)
  return { mean, std, max: values.reduce((a, b) => Math.max(a, Math.abs(b)), 0) }
}

test('fans: inputs that an output sees, outputs that an input reaches', () => {
  expect(init.fans(zeros([10, 4]))).toEqual({ fanIn: 4, fanOut: 10 })
  expect(init.fans(zeros(SHAPE))).toEqual({ fanIn: 288, fanOut: 576 })
  expect(init.fans(zeros([64, 1, 3, 3]), 64)).toEqual({ fanIn: 9, fanOut: 9 })
  expect(() => init.fans(zeros([3]))).toThrow('fans: expected a weight (out, in, …), got a tensor of shape (3,)')
})

describe('standard deviations', () => {
  test.each([
    ['kaimingNormal in', () => init.kaimingNormal(zeros(SHAPE), { generator: generator() }), Math.sqrt(2 / 288)],
    [
      'kaimingNormal out',
      () => init.kaimingNormal(zeros(SHAPE), { fan: 'out', generator: generator() }),
      Math.sqrt(2 / 576),
    ],
    [
      'kaimingUniform in, gain 1',
      () => init.kaimingUniform(zeros(SHAPE), { gain: 1, generator: generator() }),
      Math.sqrt(1 / 288),
    ],
    ['xavierNormal', () => init.xavierNormal(zeros(SHAPE), { generator: generator() }), Math.sqrt(2 / 864)],
    ['xavierUniform', () => init.xavierUniform(zeros(SHAPE), { generator: generator() }), Math.sqrt(2 / 864)],
  ])('%s', (_, fill, std) => {
    const got = moments(fill())
    expect(got.std / std).toBeCloseTo(1, 1.7) // 18432 draws: within 1 %
    expect(Math.abs(got.mean)).toBeLessThan(0.05 * std)
  })
})

test('constant fills', () => {
  expect(init.constant(zeros([2]), 3).toArray()).toEqual([3, 3])
})

test("Conv2d and Linear start as PyTorch's: uniform over ±1 / √fanIn", () => {
  for (const layer of [
    new Conv2d(32, 64, 3, { generator: generator() }),
    new Linear(288, 64, { generator: generator() }),
  ]) {
    const bound = 1 / Math.sqrt(288)
    for (const x of [layer.weight, layer.bias!]) {
      expect(moments(x).max).toBeLessThanOrEqual(Math.fround(bound))
      expect(moments(x).max).toBeGreaterThan(0.9 * bound)
    }
    expect(moments(layer.weight).std / (bound / Math.sqrt(3))).toBeCloseTo(1, 1.7)
  }
})

test('a generator, or the seed of the default one, decides the values', () => {
  const seeded = (seed: number) => new Linear(3, 3, { generator: new Generator(seed) }).weight.data
  expect(seeded(1)).toEqual(seeded(1))
  expect(seeded(1)).not.toEqual(seeded(2))
  const global = (seed: number) => {
    manualSeed(seed)
    return new Linear(3, 3).weight.data
  }
  expect(global(1)).toEqual(seeded(1))
})
