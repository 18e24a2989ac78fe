/**
 * Operations on each image by itself, against the readable backend: norms, resizing, matrix products, softmax along any
 * axis.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Backend, GroupSpec, ResizedAxis } from '../../src/tensor/backend.js'
import type { NdArray } from '../../src/tensor/ndarray.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { type Shape, sizeOf } from '../../src/tensor/shape.js'
import { scope } from '../../src/tensor/tensor.js'
import type { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { check, expectClose, onEachRuntime, randomValues, seeds } from './kit.js'

const reference = new ReferenceBackend()

/** Batches with padded lanes, whole vectors, and several blocks. */
const batches = fc.constantFrom(1, 3, 8, 16, 19, 32, 40)
const few = (max: number) => fc.integer({ min: 1, max })

/** Both backends compute the same of the same inputs. */
function expectSame(
  backend: WasmBackend,
  shapes: readonly Shape[],
  seed: number,
  compute: (backend: Backend, inputs: NdArray[]) => NdArray[],
  tolerance = 3e-6,
): void {
  const results = [backend, reference].map((b) =>
    scope(() => {
      const inputs = shapes.map((shape, i) => b.fromValues(randomValues(sizeOf(shape), seed + i), shape))
      return compute(b, inputs).map((y) => ({ shape: y.shape, values: Array.from(b.read(y)) }))
    }),
  )
  results[0]!.forEach(({ shape, values }, i) => {
    expect(shape).toEqual(results[1]![i]!.shape)
    expectClose(values, results[1]![i]!.values, tolerance, 1)
  })
  expect([...backend.fallbacks.keys()]).toEqual([])
}

const groups = fc
  .record({
    N: batches,
    groups: few(3),
    channels: few(4),
    splits: few(3),
    places: few(7),
    affine: fc.constantFrom<GroupSpec['affine']>('channel', 'place', 'both'),
    seed: seeds,
  })
  // Weights of their own for every place of every channel go with planes that are not split.
  .map((test) => ({ ...test, splits: test.affine === 'both' ? 1 : test.splits }))

const axis = fc.tuple(few(7), few(9)).chain(([input, outputs]) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: input - 1 }), fc.constantFrom(0, 0.25, 0.8)), {
      minLength: outputs,
      maxLength: outputs,
    })
    .map((places) => {
      const table: ResizedAxis = {
        first: places.map(([place]) => place),
        second: places.map(([place]) => Math.min(place + 1, input - 1)),
        share: places.map(([, share]) => share),
      }
      return { input, table }
    }),
)

onEachRuntime('of each image', (run) => {
  it('group norm and its gradients', () => {
    check(groups, ({ N, groups, channels, splits, places, affine, seed }) => {
      const [C, P] = [groups * channels, splits * places]
      const spec = { channels, places, affine }
      const numbers = { channel: C, place: places, both: C * P }[affine]
      run(
        ({ backend }) => {
          expectSame(backend, [[N, C, P], [numbers], [numbers], [N, C, P]], seed, (b, [x, weight, bias, dy]) => {
            const { y, mean, rstd } = b.groupNorm(x!, weight!, bias!, spec, 0.1)
            const { dx, dWeight, dBias } = b.groupNormGrad(dy!, { x: x!, weight: weight!, mean, rstd }, spec)
            const plain = b.groupNorm(x!, null, null, spec, 0.1)
            const plainGrad = b.groupNormGrad(dy!, { x: x!, weight: null, mean, rstd }, spec)
            return [y, mean, rstd, dx, dWeight, dBias, plain.y, plainGrad.dx]
          })
        },
        'groupNorm',
        'groupNormBackward',
        'groupNormWeightGrad',
      )
    })
  })

  it('keeps padded lanes zero', () => {
    run((arrays) => {
      const { backend } = arrays
      const spec: GroupSpec = { channels: 2, places: 3, affine: 'channel' }
      const [x, bias] = [backend.fromValues(randomValues(18, 1), [3, 2, 3]), backend.fromValues([1, 2], [2])]
      const { y } = backend.groupNorm(x, null, bias, spec, 0.1)
      const softmax = backend.softmax(x, 1)
      for (const result of [y, softmax]) {
        const memory = arrays.memory(result)
        const lanes = memory.length / 6
        memory.forEach((value, i) => {
          if (i % lanes >= 3) expect(value).toBe(0)
        })
      }
    })
  })

  it('resized planes and their gradient', () => {
    check(fc.record({ N: batches, C: few(3), rows: axis, columns: axis, seed: seeds }), (test) => {
      const { N, C, rows, columns, seed } = test
      const xShape = [N, C, rows.input, columns.input]
      const yShape = [N, C, rows.table.share.length, columns.table.share.length]
      run(
        ({ backend }) => {
          expectSame(backend, [xShape, yShape], seed, (b, [x, dy]) => [
            b.resize2d(x!, rows.table, columns.table),
            b.resize2dGrad(dy!, rows.table, columns.table, xShape),
          ])
        },
        'resizePlanes',
        'resizePlanesBackward',
      )
    })
  })

  it('products of matrices, transposed or not', () => {
    const cases = fc.record({
      N: fc.integer({ min: 8, max: 19 }),
      lead: fc.array(few(3), { maxLength: 2 }),
      M: few(9),
      K: few(6),
      L: few(7),
      seed: seeds,
    })
    check(cases, ({ N, lead, M, K, L, seed }) => {
      const shape = (rows: number, columns: number) => [N, ...lead, rows, columns]
      run(({ backend }) => {
        for (const [left, right] of [
          [false, false],
          [true, false],
          [false, true],
          [true, true],
        ] as const) {
          const shapes = [left ? shape(K, M) : shape(M, K), right ? shape(L, K) : shape(K, L)]
          expectSame(backend, shapes, seed, (b, [p, q]) => [b.matmul(p!, q!, left, right)])
        }
      }, 'matmulLanes')
    })
  })

  it('softmax and its logarithm along every axis but the batch', () => {
    check(fc.record({ N: batches, others: fc.array(few(5), { minLength: 1, maxLength: 3 }), seed: seeds }), (test) => {
      const shape = [test.N, ...test.others]
      run(
        ({ backend }) => {
          test.others.forEach((_, i) => {
            expectSame(backend, [shape, shape], test.seed, (b, [x, dy]) => {
              const [p, logP] = [b.softmax(x!, i + 1), b.logSoftmax(x!, i + 1)]
              return [p, logP, b.softmaxGrad(dy!, p, i + 1), b.logSoftmaxGrad(dy!, logP, i + 1)]
            })
          })
        },
        'softmax',
        'softmaxBackward',
        'logSoftmax',
        'logSoftmaxBackward',
      )
    })
  })
})
