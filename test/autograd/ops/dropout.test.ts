import { expect, test } from 'vitest'
import { dropout } from '../../../src/autograd/functional.js'
import { ones } from '../../../src/tensor/create.js'
import { GhostgradError } from '../../../src/tensor/errors.js'
import { Generator, manualSeed } from '../../../src/tensor/random.js'
import { onEachBackend } from '../../support/backends.js'
import '../../../src/autograd/methods.js'

onEachBackend(() => {
  test('zeroes a share p and scales the rest, and the gradient alike', () => {
    const x = ones([10, 100], { requiresGrad: true })
    const y = dropout(x, 0.2, { training: true, generator: new Generator(1) })
    const dropped = y.values.filter((v) => v === 0).length
    expect(Math.abs(dropped - 200)).toBeLessThan(65) // five standard deviations
    expect(new Set(y.values)).toEqual(new Set([0, y.values.find((v) => v !== 0)]))
    expect(Math.max(...y.values)).toBeCloseTo(1.25)
    y.sum().backward()
    expect(x.grad!.values).toEqual(y.values)
  })

  test('draws from its generator, or from the seeded default one', () => {
    const x = ones([20])
    const drop = (generator?: Generator) => dropout(x, 0.5, { training: true, ...(generator && { generator }) }).values
    expect(drop(new Generator(3))).toEqual(drop(new Generator(3)))
    manualSeed(4)
    const first = drop()
    manualSeed(4)
    expect(drop()).toEqual(first)
  })

  test('does nothing in evaluation, or with p = 0', () => {
    const x = ones([4])
    expect(dropout(x, 0.5, { training: false })).toBe(x)
    expect(dropout(x, 0, { training: true })).toBe(x)
  })

  test('refuses a p that drops everything or is no probability', () => {
    for (const p of [1, -0.1, Number.NaN]) {
      expect(() => dropout(ones([1]), p, { training: true })).toThrow(
        new GhostgradError(`dropout: expected a probability from 0 to below 1, got ${p}`),
      )
    }
  })
})
