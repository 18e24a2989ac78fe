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
import { convShape, type Reference, reference, relativeError } from './convReference.js'
import { type Arrays, check, onEachRuntime, type RunArrays, randomLanes, randomValues, seeds } from './kit.js'

const whole = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

/** A batch in one block, padded, or in several. */
const images = fc.oneof(
  whole(1, 9).map((batch) => ({ batch, blocks: 1, lanes: Math.ceil(batch / 4) * 4 })),
  fc
    .record({ blocks: whole(2, 3), lanes: fc.constantFrom(4, 12, 20) })
    .map(({ blocks, lanes }) => ({ batch: blocks * lanes, blocks, lanes })),
)

/** Channels, images and planes of odd sizes. */
const sizes = {
  images,
  inChannels: whole(1, 20),
  outChannels: whole(1, 20),
  height: whole(1, 13),
  width: whole(1, 13),
}

const three = { kernelHeight: 3, kernelWidth: 3, paddingHeight: 1, paddingWidth: 1 }

const anyKernel = {
  ...{ kernelHeight: whole(1, 5), kernelWidth: whole(1, 5), strideHeight: whole(1, 3), strideWidth: whole(1, 3) },
  ...{ paddingHeight: whole(0, 3), paddingWidth: whole(0, 3), dilationHeight: whole(1, 2), dilationWidth: whole(1, 2) },
}

/** A square kernel as networks have it: odd, padded by half its size, stride 1 or 2. */
const usualKernel = fc.record({ size: fc.constantFrom(1, 3, 5, 7), stride: whole(1, 2) }).map(({ size, stride }) => ({
  ...{ kernelHeight: size, kernelWidth: size, strideHeight: stride, strideWidth: stride },
  ...{ paddingHeight: size >> 1, paddingWidth: size >> 1 },
}))

const valid = (shape: fc.Arbitrary<ConvShape>): fc.Arbitrary<ConvShape> =>
  shape.filter((s) => s.outHeight > 0 && s.outWidth > 0)

const winograd = fc.record(sizes).map(({ images, ...s }) => convShape({ ...s, ...images, ...three }))
const winograd2 = winograd.map((s) => convShape({ ...s, height: 2, width: 2 }))
const pointwise = fc.record(sizes).map(({ images, ...s }) => convShape({ ...s, ...images }))
const direct = valid(
  fc
    .record({ ...sizes, ...anyKernel, groups: whole(1, 3), inChannels: whole(1, 7), outChannels: whole(1, 7) })
    .map(({ images, ...s }) =>
      convShape({
        ...s,
        ...images,
        inChannels: s.inChannels * s.groups,
        outChannels: s.outChannels * s.groups,
      }),
    ),
)
const depthwise = valid(
  fc
    .record({
      ...sizes,
      images: fc.oneof(
        images,
        whole(1, 40).map((batch) => ({ batch, blocks: 1, lanes: Math.ceil(batch / 4) * 4 })),
      ),
      multiplier: whole(1, 3),
      kernel: fc.oneof(usualKernel, fc.record(anyKernel)),
    })
    .map(({ kernel, multiplier, images, ...s }) =>
      convShape({ ...s, ...images, ...kernel, groups: s.inChannels, outChannels: s.inChannels * multiplier }),
    ),
)

/** The common depthwise kernel, which has a weight gradient of its own. */
const isCommon = (s: ConvShape): boolean =>
  s.width >= 2 &&
  s.kernelHeight * s.kernelWidth === 9 &&
  s.kernelHeight === 3 &&
  [s.strideHeight, s.strideWidth, s.paddingHeight, s.paddingWidth, s.dilationHeight, s.dilationWidth].every(
    (n) => n === 1,
  )
const depthwise3 = fc
  .record({ ...sizes, width: whole(2, 9), multiplier: whole(1, 2) })
  .map(({ images, multiplier, ...s }) =>
    convShape({ ...s, ...images, ...three, groups: s.inChannels, outChannels: s.inChannels * multiplier }),
  )

interface Case {
  title?: string
  algorithm: ConvAlgorithm
  shapes: fc.Arbitrary<ConvShape>
  /** Largest error relative to the largest sum of magnitudes. */
  tolerance: number
  kernels: { forward: string[]; inputGrad: string[]; weightGrad: string[] }
}

const products = { forward: ['convDirect'], inputGrad: ['convDirect'], weightGrad: ['convDirectWeightGrad'] }
const cases: Case[] = [
  { algorithm: 'direct', shapes: direct, tolerance: 1e-6, kernels: products },
  { algorithm: 'pointwise', shapes: pointwise, tolerance: 1e-6, kernels: products },
  {
    algorithm: 'depthwise',
    shapes: depthwise.filter((s) => !isCommon(s)),
    tolerance: 1e-6,
    kernels: { forward: ['depthwise'], inputGrad: ['depthwise'], weightGrad: ['depthwiseWeightGrad'] },
  },
  {
    title: 'depthwise 3×3',
    algorithm: 'depthwise',
    shapes: depthwise3,
    tolerance: 1e-6,
    kernels: { forward: ['depthwise'], inputGrad: ['depthwise'], weightGrad: ['depthwise3WeightGrad'] },
  },
  {
    algorithm: 'winograd4',
    shapes: winograd,
    tolerance: 1e-5,
    kernels: { forward: ['winograd4'], inputGrad: ['winograd4'], weightGrad: ['winograd4WeightGrad'] },
  },
  {
    algorithm: 'winograd2',
    shapes: winograd2,
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
  pass('y', kernels.forward, (rt, a, y) => convForward(rt, s, a.put(x), a.put(w), 0, y, algorithm))
  pass('dx', kernels.inputGrad, (rt, a, dx) => convInputGrad(rt, s, a.put(dy), a.put(w), dx, algorithm))
  pass('dw', kernels.weightGrad, (rt, a, dw) => convWeightGrad(rt, s, a.put(x), a.put(dy), dw, algorithm))
}

onEachRuntime('convolution', (run) => {
  for (const item of cases) {
    it(`${item.title ?? item.algorithm}: all passes agree with plain loops`, () => {
      check(fc.tuple(item.shapes, seeds), ([s, seed]) => compare(run, s, seed, item))
    })
  }

  it('splits large weight gradients by rows instead of adding up copies', () => {
    const wide = { batch: 5, inChannels: 181, outChannels: 183, height: 2, width: 3 }
    compare(run, convShape({ ...wide, ...three }), 7, cases.find(({ algorithm }) => algorithm === 'winograd4')!)
    compare(run, convShape({ ...wide, ...three }), 8, cases.find(({ algorithm }) => algorithm === 'direct')!)
  })

  it('adds a bias, but not to padded lanes', () => {
    check(fc.tuple(pointwise, seeds), ([s, seed]) => {
      const x = randomLanes(s.inChannels * s.blocks * s.height * s.width, { N: s.batch, Np: s.lanes }, seed)
      const w = randomValues(s.outChannels * s.inChannels, seed + 1)
      const bias = randomValues(s.outChannels, seed + 2)
      const n = s.outChannels * s.blocks * s.outHeight * s.outWidth * s.lanes
      const expected = reference(s, x, w, new Float32Array(n)).y
      const magnitudes = reference(s, x.map(Math.abs), w.map(Math.abs), new Float32Array(n)).y
      expected.forEach((_, i) => {
        if (i % s.lanes < s.batch) expected[i]! += bias[Math.floor((i / n) * s.outChannels)]!
        magnitudes[i]! += Math.abs(bias[Math.floor((i / n) * s.outChannels)]!)
      })
      run((arrays, rt) => {
        const y = arrays.room(n)
        convForward(rt, s, arrays.put(x), arrays.put(w), arrays.put(bias), y)
        const actual = arrays.get(y, n)
        expect(relativeError(actual, expected, magnitudes)).toBeLessThan(1e-6)
        for (let i = 0; i < n; i++) if (i % s.lanes >= s.batch) expect(actual[i]).toBe(0)
      }, 'convBias')
    })
  })

  it('adds up a weight gradient in the same order every time', () => {
    const s = convShape({ batch: 12, inChannels: 5, outChannels: 6, height: 9, width: 9, ...three })
    const [x, dy] = [randomValues(5 * 81 * 12, 1), randomValues(6 * 81 * 12, 2)]
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
        convForward(rt, s, x, w, 0, y)
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
