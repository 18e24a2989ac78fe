import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import '../../src/setup.js'
import { detectAnomaly, isAnomalyEnabled } from '../../src/autograd/anomaly.js'
import { Linear } from '../../src/nn/linear.js'
import { tensor } from '../../src/tensor/create.js'
import { onEachBackend } from '../support/backends.js'

const source = readFileSync(new URL(import.meta.url), 'utf8').split('\n')
/** The end of an error that names the line of this file with this code, the first one. */
const calledAt = (code: string): RegExp => {
  const line = source.findIndex((text) => text.includes(code)) + 1
  return new RegExp(`called at \\S*anomaly\\.test\\.ts:${line}:\\d+$`)
}

onEachBackend(() => {
  test('the operation that made the first NaN is named, and the line that called it', () => {
    const x = tensor([[1, 2, -1]], { requiresGrad: true })
    const logarithm = () => x.mul(2).log()
    const failing = () => detectAnomaly(() => logarithm().sum().backward())
    expect(failing).toThrow('detectAnomaly: log made the first NaN, at [0, 2]; it was called at ')
    expect(failing).toThrow(calledAt('x.mul(2).log()'))
    expect(isAnomalyEnabled()).toBe(false)
    expect(logarithm().sum().item()).toBeNaN()
  })

  test('an infinity is none, and a NaN that was given is told apart', () => {
    expect(detectAnomaly(() => tensor([0, 1]).log().toArray())).toEqual([Number.NEGATIVE_INFINITY, 0])
    const broken = tensor([1, Number.NaN])
    expect(() => detectAnomaly(() => broken.mul(broken))).toThrow(
      'mul was given a NaN in its input 0, and made one, at [1]',
    )
  })

  test('one that the backward pass makes is named by the operation of the forward pass', () => {
    const x = tensor([4, 0], { requiresGrad: true })
    const root = () => x.sqrt()
    // ∂√0 is ∞, and 0 · ∞ is not a number.
    const loss = () =>
      root()
        .mul(tensor([1, 0]))
        .sum()
    const failing = () => detectAnomaly(() => loss().backward())
    expect(failing).toThrow(
      'detectAnomaly: the backward pass of sqrt made the first NaN, in the gradient of its input 0 at [1]; sqrt was called at',
    )
    expect(failing).toThrow(calledAt('x.sqrt()'))
  })
})

test('it goes on until a promise is settled', async () => {
  const x = tensor([-1])
  const later = detectAnomaly(async () => {
    await null
    return x.sqrt()
  })
  expect(isAnomalyEnabled()).toBe(true)
  await expect(later).rejects.toThrow('sqrt made the first NaN')
  expect(isAnomalyEnabled()).toBe(false)
})

test('a layer is named by the line that called it', () => {
  const linear = new Linear(1, 1)
  linear.weight.set([Number.NaN])
  const failing = () => detectAnomaly(() => linear.call(tensor([[1]])))
  expect(failing).toThrow('was given a NaN in its input 1')
  expect(failing).toThrow(calledAt('linear.call(tensor'))
})
