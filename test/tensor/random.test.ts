import { describe, expect, test } from 'vitest'
import { Generator, getDefaultGenerator, manualSeed } from '../../src/tensor/random.js'

const draws = (generator: Generator, n = 5) => Array.from({ length: n }, () => generator.nextUint32())

test('one seed, one stream', () => {
  expect(draws(new Generator(3))).toEqual(draws(new Generator(3)))
  expect(draws(new Generator(3))).not.toEqual(draws(new Generator(4)))
  expect(draws(new Generator(3, 1))).not.toEqual(draws(new Generator(3, 2)))
  expect(draws(new Generator(1))).not.toEqual(draws(new Generator(1 + 2 ** 32)))
})

test('seeding again starts again, the spare normal value included', () => {
  const generator = new Generator(5)
  const first = generator.normal()
  generator.seed(5)
  expect(generator.normal()).toBe(first)
})

test('a seed must be finite', () => {
  expect(() => new Generator(Number.NaN)).toThrow(new RangeError('Generator: expected a finite seed, got NaN'))
})

test('a saved state continues the same stream, between the two normal values of a pair too', () => {
  const generator = new Generator(8)
  generator.normal()
  const state = JSON.parse(JSON.stringify(generator.getState()))
  const expected = [generator.normal(), generator.normal(), generator.uniform()]
  const other = new Generator()
  other.setState(state)
  expect([other.normal(), other.normal(), other.uniform()]).toEqual(expected)
  expect(() => other.setState([1])).toThrow(
    new RangeError('Generator.setState: expected 4 or 5 numbers from getState(), got 1'),
  )
})

describe('distributions', () => {
  test('uniform values are exact in float32 and spread evenly', () => {
    const generator = new Generator(1)
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i++) {
      const u = generator.uniform()
      expect(Math.fround(u)).toBe(u)
      counts[Math.floor(u * 10)]!++
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150) // five standard deviations
  })

  test('whole numbers below n, each about equally often', () => {
    const generator = new Generator(2)
    const counts = new Array<number>(7).fill(0)
    for (let i = 0; i < 7000; i++) counts[generator.integer(7)]!++
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  test('a shuffle keeps the elements and gives each order its turn', () => {
    const generator = new Generator(4)
    const seen = new Map<string, number>()
    for (let i = 0; i < 600; i++) {
      const order = generator.shuffle([1, 2, 3])
      expect([...order].sort()).toEqual([1, 2, 3])
      seen.set(order.join(), (seen.get(order.join()) ?? 0) + 1)
    }
    expect(seen.size).toBe(6)
    for (const count of seen.values()) expect(Math.abs(count - 100)).toBeLessThan(50)
  })
})

test('manualSeed seeds the default generator', () => {
  expect(manualSeed(6)).toBe(getDefaultGenerator())
  expect(draws(getDefaultGenerator())).toEqual(draws(new Generator(6)))
})
