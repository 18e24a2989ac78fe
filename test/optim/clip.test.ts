import { expect, it } from 'vitest'
import '../../src/autograd/methods.js'
import { clipGradNorm } from '../../src/optim/clip.js'
import { ConfigError } from '../../src/tensor/errors.js'
import { onEachBackend } from '../support/backends.js'
import '../support/allClose.js'
import { onReference, parameter, setGradient } from './kit.js'

onEachBackend(() => {
  it('scales gradients (3) and (0, 4) of norm 5 to norm 1', () => {
    const [a, b, idle] = [parameter(1), parameter(1, 1), parameter(1)]
    setGradient(a, [3])
    setGradient(b, [0, 4])
    expect(clipGradNorm([a, b, idle], 1)).toBe(5)
    expect(a.grad!).toBeAllClose([3 / 5.000001], { relative: 1e-7 })
    expect(b.grad!).toBeAllClose([0, 4 / 5.000001], { relative: 1e-7 })
    expect(idle.grad).toBeNull()
  })

  it('leaves short gradients alone', () => {
    const a = parameter(1, 1)
    setGradient(a, [3, 4])
    expect(clipGradNorm([a], 10)).toBe(5)
    expect([...a.grad!.values]).toEqual([3, 4])
    expect(clipGradNorm([parameter(1)], 1)).toBe(0)
  })

  it('scales once a gradient that two parameters share, and not one that the user keeps', () => {
    const [a, b] = [parameter(1), parameter(1)]
    a.add(b).mul(3).sum().backward()
    const kept = a.grad!
    expect(clipGradNorm([a, b], 1)).toBeCloseTo(Math.sqrt(18), 5)
    expect(kept.item()).toBe(3)
    expect(a.grad!.item()).toBeCloseTo(Math.SQRT1_2, 5)
    expect(b.grad!.item()).toBeCloseTo(Math.SQRT1_2, 5)
    // What clipping left behind is a gradient like any other.
    a.mul(2).sum().backward()
    expect(a.grad!.item()).toBeCloseTo(Math.SQRT1_2 + 2, 5)
  })

  it('shows a gradient that is not finite', () => {
    const [a, b] = [parameter(1), parameter(1)]
    setGradient(a, [NaN])
    setGradient(b, [1])
    expect(clipGradNorm([a, b], 1)).toBeNaN()
    expect(b.grad!.item()).toBeNaN()
  })
})

onReference('options', () => {
  it('refuses a bound that is none', () => {
    expect(() => clipGradNorm([parameter(1)], 0)).toThrow(new ConfigError('clipGradNorm: expected maxNorm > 0, got 0'))
  })
})
