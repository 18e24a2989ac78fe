/** What the fast backend does with shapes of every kind, beside the readable one, and that it does it itself. */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Backend } from '../../src/tensor/backend.js'
import { type BinaryName, binaryFunctions } from '../../src/tensor/elementwise.js'
import type { NdArray } from '../../src/tensor/ndarray.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { type Shape, sizeOf } from '../../src/tensor/shape.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { expectClose, randomValues, seeds } from './kit.js'

const reference = new ReferenceBackend('float64')
const fast = new WasmBackend({ threads: 2 })
afterAll(() => fast.close())

/** The same on both backends, from random arrays of these shapes; nothing on the fast one takes the loops of the other. */
function expectSame(shapes: readonly Shape[], seed: number, f: (backend: Backend, xs: NdArray[]) => NdArray[]): void {
  const results = [reference, fast].map((backend) => {
    const inputs = shapes.map((shape, i) => backend.fromValues(randomValues(sizeOf(shape), seed + i), shape))
    return f(backend, inputs).map((y) => ({ shape: y.shape, values: backend.read(y) }))
  })
  results[0]!.forEach(({ shape, values }, i) => {
    expect(results[1]![i]!.shape).toEqual(shape)
    expectClose(results[1]![i]!.values, values, 2e-6)
  })
  expect(fast.fallbacks.size).toBe(0)
}

const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T, seed: number) => void): void =>
  fc.assert(fc.property(arbitrary, seeds, property), { numRuns: 60 })

const size = (min: number, max: number) => fc.integer({ min, max })

/** An activation as a convolution leaves it, in lanes. */
const inLanes = (backend: Backend, x: NdArray): NdArray =>
  backend.avgPool2d(x, { kernel: [1, 1], stride: [1, 1], padding: [0, 0], countIncludePad: true })

describe('shapes of every kind', () => {
  it('broadcasting of two arrays', () => {
    const axes = fc.array(fc.tuple(size(1, 4), fc.constantFrom('both', 'a', 'b')), { minLength: 1, maxLength: 4 })
    check(fc.tuple(axes, fc.constantFrom(...(Object.keys(binaryFunctions) as BinaryName[]))), ([sizes, name], seed) => {
      if (name === 'power' || name === 'div') return
      const of = (operand: 'a' | 'b') => sizes.map(([n, repeated]) => (repeated === operand ? 1 : n))
      expectSame([of('a'), of('b')], seed, (backend, [a, b]) => [backend.binary(name, a!, b!)])
    })
  })

  it('products of many matrices, each of them transposed or not', () => {
    const sizes = fc.tuple(size(1, 3), size(1, 9), size(1, 20), size(1, 37), fc.boolean(), fc.boolean())
    check(sizes, ([batches, M, K, N, transposeA, transposeB], seed) => {
      const a = transposeA ? [2, batches, K, M] : [2, batches, M, K]
      const b = transposeB ? [2, batches, N, K] : [2, batches, K, N]
      expectSame([a, b], seed, (backend, [x, y]) => [backend.matmul(x!, y!, transposeA, transposeB)])
    })
    expect(fast.runtime.runs.get('matmulRows')).toBeGreaterThan(0)
  })

  it('reductions over any axes, of rows and of lanes', () => {
    const axes = fc.subarray([0, 1, 2, 3], { minLength: 1 })
    check(fc.tuple(size(1, 9), size(1, 4), size(1, 4), axes, fc.boolean()), ([N, C, H, over, keep], seed) => {
      expectSame([[N, C, H, 3]], seed, (backend, [x]) =>
        [x!, inLanes(backend, x!)].flatMap((y) => {
          const most = backend.max(y, over, true)
          return [backend.sum(y, over, keep), backend.max(y, over, keep), backend.maxGrad(most, y, over)]
        }),
      )
    })
    expect(fast.runtime.runs.get('maxRowsBackward')).toBeGreaterThan(0)
  })

  it('conditions and bounds, of rows and of lanes', () => {
    check(fc.tuple(size(1, 9), size(1, 4)), ([N, C], seed) => {
      expectSame(
        [
          [N, C, 2, 3],
          [N, C, 2, 3],
        ],
        seed,
        (backend, [a, b]) =>
          [a!, inLanes(backend, a!)].flatMap((x) => {
            const positive = backend.unary('relu', x)
            return [
              backend.where(positive, x, b!),
              backend.where(positive, null, b!),
              backend.clamp(x, 0.25, 1),
              backend.clampGrad(b!, x, -0.5, 1),
            ]
          }),
      )
    })
  })

  it('windows with dilation, and those that go beyond the end', () => {
    const axis = fc
      .record({ kernel: size(1, 3), stride: size(1, 3), dilation: size(1, 3), extra: size(0, 5), pad: fc.boolean() })
      .map(({ kernel, stride, dilation, extra, pad }) => {
        const length = dilation * (kernel - 1) + 1
        return { kernel, stride, dilation, input: length + extra, padding: pad ? Math.floor(length / 2) : 0 }
      })
    check(fc.tuple(axis, axis, size(1, 5), fc.boolean(), fc.boolean()), ([h, w, N, ceilMode, counts], seed) => {
      const pair = <K extends keyof typeof h>(key: K) => [h[key], w[key]] as [number, number]
      const window = { kernel: pair('kernel'), stride: pair('stride'), ceilMode }
      const shape = [N, 2, h.input, w.input]
      expectSame([shape], seed, (backend, [x]) => {
        const spec = { ...window, padding: pair('padding'), dilation: pair('dilation') }
        const { y, index } = backend.maxPool2d(x!, spec)
        const average = {
          ...window,
          padding: spec.kernel.map((k) => Math.floor(k / 2)) as [number, number],
          countIncludePad: counts,
          divisor: counts ? undefined : 3,
        }
        const mean = backend.avgPool2d(x!, average)
        return [y, backend.maxPool2dGrad(y, index, shape, spec), mean, backend.avgPool2dGrad(mean, shape, average)]
      })
    })
  })
})
