import { describe, expect, test } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import { type BatchNorm2d, type Conv2d, GhostModule, type Module, summarize } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { randn, tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import '../support/allClose.js'

setBackend(new ReferenceBackend('float64'))

/** Batch norms that change nothing, so that a result can be worked out by hand. */
function withoutNorm(ghost: GhostModule): GhostModule {
  for (const [, module] of ghost.eval().namedModules()) {
    if (module.constructor.name === 'BatchNorm2d')
      (module as BatchNorm2d).runningVar!.set(Array((module as BatchNorm2d).runningVar!.size).fill(1 - 1e-5))
  }
  return ghost
}

const weightOf = (layer: Module | undefined) => (layer as Conv2d).weight

describe('a small one by hand', () => {
  // One input map of 1 × 3 pixels; one intrinsic map, twice the input; its ghost, the sum of a pixel and its right neighbour.
  const build = (relu: boolean) => {
    const ghost = withoutNorm(new GhostModule(1, 2, { relu }))
    weightOf(ghost.primaryConv[0]).set([2])
    weightOf(ghost.cheapOperation[0]).set([0, 0, 0, 0, 1, 1, 0, 0, 0])
    return ghost
  }
  const x = () => tensor([1, -2, 3], [1, 1, 1, 3])

  test('intrinsic maps first, then the ghosts', () => {
    const y = build(false).call(x())
    expect(y.shape).toEqual([1, 2, 1, 3])
    expect(y).toBeAllClose([2, -4, 6, 2 - 4, -4 + 6, 6 + 0], { absolute: 1e-12 })
  })

  test('with relu, the cheap operation sees what relu left', () => {
    expect(build(true).call(x())).toBeAllClose([2, 0, 6, 2, 6, 6], { absolute: 1e-12 })
  })
})

describe('where the ratio does not divide the channels', () => {
  const ghost = new GhostModule(2, 5, { ratio: 3 })

  test('intrinsic maps are rounded up, and ghosts too many are cut off', () => {
    expect(weightOf(ghost.primaryConv[0]).shape).toEqual([2, 2, 1, 1])
    expect(weightOf(ghost.cheapOperation[0]).shape).toEqual([4, 1, 3, 3])
    const x = randn([2, 2, 4, 4])
    const y = ghost.call(x)
    expect(y.shape).toEqual([2, 5, 4, 4])
    const intrinsic = ghost.primaryConv.call(x)
    const whole = F.concat([intrinsic, ghost.cheapOperation.call(intrinsic)], 1)
    expect(y).toBeAllClose(F.slice(whole, [null, [0, 5]]), { absolute: 1e-12 })
  })

  test('the filter of a ghost that is cut off gets a zero gradient, the others do not', () => {
    backward(F.sum(F.square(ghost.call(randn([2, 2, 4, 4])))))
    const perFilter = Array.from({ length: 4 }, (_, i) => {
      return weightOf(ghost.cheapOperation[0])
        .grad!.data.slice(9 * i, 9 * i + 9)
        .some((g) => g !== 0)
    })
    expect(perFilter).toEqual([true, true, true, false])
  })
})

test('the primary convolution takes kernel, stride and dilation; the cheap one keeps the plane', () => {
  const ghost = new GhostModule(3, 8, { kernel: 3, dwSize: 5, stride: 2, dilation: 2 })
  expect(weightOf(ghost.primaryConv[0]).shape).toEqual([4, 3, 3, 3])
  expect(weightOf(ghost.cheapOperation[0]).shape).toEqual([4, 1, 5, 5])
  expect(ghost.call(randn([2, 3, 8, 8])).shape).toEqual([2, 8, 4, 4])
})

test('names are those of the release, with relu or without', () => {
  const parts = (name: string) =>
    ['0.weight', '1.weight', '1.bias', '1.running_mean', '1.running_var', '1.num_batches_tracked'].map(
      (p) => `${name}.${p}`,
    )
  const expected = [...parts('primary_conv'), ...parts('cheap_operation')]
  expect(Object.keys(new GhostModule(2, 4).stateDict())).toEqual(expected)
  expect(Object.keys(new GhostModule(2, 4, { relu: false }).stateDict())).toEqual(expected)
})

describe('theory', () => {
  test('equations 4 and 5 with c = 64, n = 128, k = d = 3, s = 2', () => {
    const { speedUp, compression, approximate } = new GhostModule(64, 128, { kernel: 3 }).theory
    expect(speedUp).toBeCloseTo((2 * 64 * 9) / (64 * 9 + 9), 12)
    expect(compression).toBe(speedUp)
    expect(approximate).toBeCloseTo((2 * 64) / 65, 12)
    expect(speedUp).toBeCloseTo(approximate, 12) // equal where d = k
  })

  test.each([
    { oup: 16, options: { kernel: 3, ratio: 4, dwSize: 5 } },
    { oup: 5, options: { ratio: 3 } },
  ])('the exact form is the ratio of multiply-adds and of weights: $oup channels, $options', ({ oup, options }) => {
    const ghost = new GhostModule(6, oup, options)
    const { macs } = summarize(ghost, [6, 7, 7])
    const k = options.kernel ?? 1
    expect(ghost.theory.speedUp).toBeCloseTo((oup * 6 * k * k * 49) / macs, 12)
    const weights = weightOf(ghost.primaryConv[0]).size + weightOf(ghost.cheapOperation[0]).size
    expect(ghost.theory.compression).toBeCloseTo((oup * 6 * k * k) / weights, 12)
  })
})

test.each([
  [{ ratio: 1 }, 'GhostModule: expected ratio to be a whole number of at least 2, got 1'],
  [{ ratio: 2.5 }, 'GhostModule: expected ratio to be a whole number of at least 2, got 2.5'],
  [{ dwSize: 4 }, 'GhostModule: expected dwSize to be an odd whole number, got 4'],
  [{ kernel: 2 }, 'GhostModule: expected kernel to be an odd whole number, got 2'],
])('refuses %o', (options, message) => {
  expect(() => new GhostModule(2, 4, options)).toThrow(message)
})
