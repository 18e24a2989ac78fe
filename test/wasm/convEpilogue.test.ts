import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ConvAlgorithm, type ConvShape, convForward, type Epilogue } from '../../src/tensor/wasm/conv/index.js'
import { reference, relativeError } from './convReference.js'
import { convShapes } from './convShapes.js'
import { type Arrays, check, onEachRuntime, type RunArrays, randomLanes, randomValues, seeds } from './kit.js'

/** What an epilogue may consist of: each part there or not. */
const parts = fc.record({ scale: fc.boolean(), shift: fc.boolean(), residual: fc.boolean(), relu: fc.boolean() })
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never

interface Case {
  algorithm: ConvAlgorithm
  /** Largest error relative to the largest sum of magnitudes. */
  tolerance: number
  kernel: string
}

const cases: Case[] = [
  { algorithm: 'direct', tolerance: 1e-6, kernel: 'convDirect' },
  { algorithm: 'pointwise', tolerance: 1e-6, kernel: 'convDirect' },
  { algorithm: 'depthwise', tolerance: 1e-6, kernel: 'depthwise' },
  { algorithm: 'winograd4', tolerance: 1e-5, kernel: 'winograd4' },
  { algorithm: 'winograd2', tolerance: 1e-6, kernel: 'winograd2' },
]

/** Convolution and epilogue by plain loops in double precision, with the sums of magnitudes; zero in padded lanes. */
function expected(s: ConvShape, x: Float32Array, w: Float32Array, e: Values) {
  const dy = new Float32Array(e.residual.length)
  const y = reference(s, x, w, dy).y
  const magnitudes = reference(s, x.map(Math.abs), w.map(Math.abs), dy).y
  const perChannel = y.length / s.outChannels
  for (let i = 0; i < y.length; i++) {
    const k = Math.floor(i / perChannel)
    const value = y[i]! * e.scale[k]! + e.shift[k]! + e.residual[i]!
    y[i] = i % s.lanes >= s.batch || (e.relu && value < 0) ? 0 : value
    magnitudes[i] = magnitudes[i]! * Math.abs(e.scale[k]!) + Math.abs(e.shift[k]!) + Math.abs(e.residual[i]!)
  }
  return { y, magnitudes }
}

interface Values {
  scale: ArrayLike<number>
  shift: ArrayLike<number>
  residual: ArrayLike<number>
  relu: boolean
}

function compare(run: RunArrays, s: ConvShape, seed: number, on: Parts, { algorithm, tolerance, kernel }: Case): void {
  const lanes = { N: s.batch, Np: s.lanes }
  const x = randomLanes(s.inChannels * s.blocks * s.height * s.width, lanes, seed)
  const w = randomValues((s.outChannels * s.inChannels * s.kernelHeight * s.kernelWidth) / s.groups, seed + 1)
  const scale = randomValues(s.outChannels, seed + 2)
  const shift = randomValues(s.outChannels, seed + 3, 3)
  const residual = randomLanes(s.outChannels * s.blocks * s.outHeight * s.outWidth, lanes, seed + 4, 3)
  const n = residual.length
  const wanted = expected(s, x, w, {
    scale: on.scale ? scale : scale.fill(1),
    shift: on.shift ? shift : shift.fill(0),
    residual: on.residual ? residual : residual.map(() => 0),
    relu: on.relu,
  })
  run((arrays, rt) => {
    const y = arrays.room(n)
    const epilogue: Epilogue = { relu: on.relu, ...addresses(arrays, on, { scale, shift, residual }) }
    convForward(rt, s, arrays.put(x), arrays.put(w), y, epilogue, algorithm)
    const actual = arrays.get(y, n)
    expect(relativeError(actual, wanted.y, wanted.magnitudes)).toBeLessThan(tolerance)
    expect(actual.every((value, i) => i % s.lanes < s.batch || value === 0)).toBe(true)
  }, kernel)
}

/** The parts that are there, in memory. */
const addresses = (arrays: Arrays, on: Parts, values: Record<'scale' | 'shift' | 'residual', Float32Array>): Epilogue =>
  Object.fromEntries(
    (['scale', 'shift', 'residual'] as const)
      .filter((part) => on[part])
      .map((part) => [part, arrays.put(values[part])]),
  )

onEachRuntime('convolution with an epilogue', (run, lanes) => {
  for (const item of cases) {
    it(`${item.algorithm}: agrees with plain loops, and leaves padded lanes zero`, () => {
      check(fc.tuple(convShapes(lanes)[item.algorithm], seeds, parts), ([s, seed, on]) =>
        compare(run, s, seed, on, item),
      )
    })
  }

  it('folds batch norm: a small one by hand', () => {
    run((arrays, rt) => {
      const [scale, shift] = [arrays.room(2), arrays.room(2)]
      // γ = 3, β = 1, μ = 2, σ² = 2.25 − ε, b = 0.5: s = 3 / 1.5 = 2, shift = 1 + (0.5 − 2) · 2 = −2; then γ = −1, β = 0, μ = 0, σ² = 0.25 − ε
      const put = (...values: number[]): number => arrays.put(values)
      const statistics = { mean: put(2, 0), variance: put(1.25, -0.75), K: 2, eps: 1 }
      rt.run('convFold', { scale, shift, weight: put(3, -1), bias: put(1, 0), convBias: put(0.5, 0), ...statistics })
      expect(arrays.get(scale, 2)).toEqual([2, -2])
      expect(arrays.get(shift, 2)).toEqual([-2, 0])
      // Without γ, β and b: s = 1 / 1.5, shift = −2 / 1.5.
      rt.run('convFold', { scale, shift, weight: 0, bias: 0, convBias: 0, ...statistics })
      expect(arrays.get(scale, 1)[0]).toBeCloseTo(2 / 3, 6)
      expect(arrays.get(shift, 1)[0]).toBeCloseTo(-4 / 3, 6)
    }, 'convFold')
  })
})
