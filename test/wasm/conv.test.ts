import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ConvAlgorithm,
  type ConvPass,
  type ConvShape,
  chooseAlgorithm,
  convForward,
  convInputGrad,
  convWeightGrad,
  isApplicable,
} from '../../src/tensor/wasm/conv/index.js'
import type { WasmRuntime } from '../../src/tensor/wasm/runtime.js'
import { convShape as convShapeOf, type Reference, reference, relativeError } from './convReference.js'
import { convShapes, isCommon, three } from './convShapes.js'
import { type Arrays, check, onEachRuntime, type RunArrays, randomLanes, randomValues, seeds } from './kit.js'

interface Case {
  title?: string
  algorithm: ConvAlgorithm
  shapes: (shapes: ReturnType<typeof convShapes>) => fc.Arbitrary<ConvShape>
  /** Largest error relative to the largest sum of magnitudes. */
  tolerance: number
  kernels: { forward: string[]; inputGrad: string[]; weightGrad: string[] }
}

const products = { forward: ['convDirect'], inputGrad: ['convDirect'], weightGrad: ['convDirectWeightGrad'] }
const cases: Case[] = [
  { algorithm: 'direct', shapes: ({ direct }) => direct, tolerance: 1e-6, kernels: products },
  { algorithm: 'pointwise', shapes: ({ pointwise }) => pointwise, tolerance: 1e-6, kernels: products },
  {
    algorithm: 'depthwise',
    shapes: ({ depthwise }) => depthwise.filter((s) => !isCommon(s)),
    tolerance: 1e-6,
    kernels: { forward: ['depthwise'], inputGrad: ['depthwise'], weightGrad: ['depthwiseWeightGrad'] },
  },
  {
    title: 'depthwise 3×3',
    algorithm: 'depthwise',
    shapes: ({ depthwise3 }) => depthwise3,
    tolerance: 1e-6,
    kernels: { forward: ['depthwise'], inputGrad: ['depthwise'], weightGrad: ['depthwise3WeightGrad'] },
  },
  {
    algorithm: 'winograd4',
    shapes: ({ winograd4 }) => winograd4,
    tolerance: 1e-5,
    kernels: { forward: ['winograd4'], inputGrad: ['winograd4'], weightGrad: ['winograd4WeightGrad'] },
  },
  {
    algorithm: 'winograd2',
    shapes: ({ winograd2 }) => winograd2,
    tolerance: 1e-6,
    kernels: { forward: ['winograd2'], inputGrad: ['winograd2'], weightGrad: ['winograd2WeightGrad'] },
  },
]

/** All three passes against plain loops; each must have run its own kernel. */
function compare(run: RunArrays, s: ConvShape, seed: number, { algorithm, tolerance, kernels }: Case): void {
  const lanes = { N: s.batch, Np: s.lanes }
  const x = randomLanes(s.inChannels * s.blocks * s.height * s.width, lanes, seed)
  const dy = randomLanes(s.outChannels * s.blocks * s.outHeight * s.outWidth, lanes, seed + 1)
  const w = randomValues((s.outChannels * s.inChannels * s.kernelHeight * s.kernelWidth) / s.groups, seed + 2)
  const expected = reference(s, x, w, dy)
  const magnitudes = reference(s, x.map(Math.abs), w.map(Math.abs), dy.map(Math.abs))
  const pass = (what: keyof Reference, names: string[], call: (rt: WasmRuntime, arrays: Arrays, out: number) => void) =>
    run(
      (arrays, rt) => {
        const out = arrays.room(expected[what].length)
        call(rt, arrays, out)
        const actual = arrays.get(out, expected[what].length)
        expect(relativeError(actual, expected[what], magnitudes[what])).toBeLessThan(tolerance)
        if (what !== 'dw') expect(actual.every((value, i) => i % s.lanes < s.batch || value === 0)).toBe(true)
      },
      ...names,
    )
  pass('y', kernels.forward, (rt, a, y) => convForward(rt, s, a.put(x), a.put(w), y, {}, algorithm))
  pass('dx', kernels.inputGrad, (rt, a, dx) => convInputGrad(rt, s, a.put(dy), a.put(w), dx, algorithm))
  pass('dw', kernels.weightGrad, (rt, a, dw) => convWeightGrad(rt, s, a.put(x), a.put(dy), dw, algorithm))
}

onEachRuntime('convolution', (run, lanes) => {
  const convShape = (sizes: Parameters<typeof convShapeOf>[1]) => convShapeOf(lanes, sizes)

  for (const item of cases) {
    it(`${item.title ?? item.algorithm}: all passes agree with plain loops`, () => {
      check(fc.tuple(item.shapes(convShapes(lanes)), seeds), ([s, seed]) => compare(run, s, seed, item))
    })
  }

  it('splits large weight gradients by rows instead of adding up copies', () => {
    const wide = { batch: 5, inChannels: 181, outChannels: 183, height: 2, width: 3 }
    compare(run, convShape({ ...wide, ...three }), 7, cases.find(({ algorithm }) => algorithm === 'winograd4')!)
    compare(run, convShape({ ...wide, ...three }), 8, cases.find(({ algorithm }) => algorithm === 'direct')!)
  })

  it('adds up a weight gradient in the same order every time', () => {
    const s = convShape({ batch: 12, inChannels: 5, outChannels: 6, height: 9, width: 9, ...three })
    const [x, dy] = [randomLanes(5 * 81, { N: 12, Np: s.lanes }, 1), randomLanes(6 * 81, { N: 12, Np: s.lanes }, 2)]
    for (const algorithm of ['winograd4', 'direct'] as const) {
      run((arrays, rt) => {
        const results = [1, 2].map(() => {
          const dw = arrays.room(6 * 5 * 9)
          convWeightGrad(rt, s, arrays.put(x), arrays.put(dy), dw, algorithm)
          return arrays.get(dw, 6 * 5 * 9)
        })
        expect(results[0]).toEqual(results[1])
      })
    }
  })

  it('gives all its temporary memory back', () => {
    run((arrays, rt) => {
      const s = convShape({ batch: 8, inChannels: 5, outChannels: 6, height: 7, width: 7, ...three })
      const [x, y, w] = [arrays.room(5 * 49 * 8), arrays.room(6 * 49 * 8), arrays.room(5 * 6 * 9)]
      const step = (): void => {
        convForward(rt, s, x, w, y)
        convInputGrad(rt, s, y, w, x)
        convWeightGrad(rt, s, x, y, w)
      }
      step()
      const before = rt.bytesInUse
      step()
      expect(rt.bytesInUse).toBe(before)
    })
  })
})

describe('choice of algorithm', () => {
  const convShape = (sizes: Parameters<typeof convShapeOf>[1]) => convShapeOf(4, sizes)
  const layer = (channels: number, size: number) => ({
    ...{ batch: 128, inChannels: channels, outChannels: channels, height: size, width: size },
  })

  it('knows what each algorithm can compute', () => {
    const s = convShape({ ...layer(16, 8), ...three })
    expect(isApplicable(s, 'winograd4')).toBe(true)
    expect(isApplicable({ ...s, strideHeight: 2 }, 'winograd4')).toBe(false)
    expect(isApplicable({ ...s, paddingWidth: 0 }, 'winograd4')).toBe(false)
    expect(isApplicable({ ...s, dilationWidth: 2 }, 'winograd4')).toBe(false)
    expect(isApplicable({ ...s, groups: 2 }, 'winograd4')).toBe(false)
    expect(isApplicable({ ...s, groups: 16 }, 'depthwise')).toBe(true)
    expect(isApplicable({ ...s, groups: 8 }, 'depthwise')).toBe(false)
    expect(isApplicable(s, 'pointwise')).toBe(false)
    expect(isApplicable(s, 'winograd2')).toBe(false)
    expect(isApplicable({ ...s, height: 2, width: 2 }, 'winograd2')).toBe(true)
  })

  it('takes the specialist where there is one', () => {
    const choice = (s: Parameters<typeof convShape>[0], pass: ConvPass = 'forward') =>
      chooseAlgorithm(convShape(s), pass)
    expect(choice({ ...layer(16, 32), ...three })).toBe('winograd4')
    expect(choice({ ...layer(512, 2), ...three })).toBe('winograd2')
    expect(choice({ ...layer(512, 1), ...three })).toBe('direct')
    expect(choice({ ...layer(16, 32), ...three, strideHeight: 2, strideWidth: 2 })).toBe('direct')
    expect(choice(layer(16, 32))).toBe('pointwise')
    expect(choice({ ...layer(16, 32), ...three, groups: 16 })).toBe('depthwise')
    expect(choice({ ...layer(16, 32), ...three, groups: 4 })).toBe('direct')
    const first = { ...layer(64, 32), ...three, inChannels: 3 }
    expect(choice(first)).toBe('direct')
    expect(choice(first, 'inputGrad')).toBe('winograd4')
    expect(choice(first, 'weightGrad')).toBe('winograd4')
  })
})
