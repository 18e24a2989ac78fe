import fc from 'fast-check'
import { it } from 'vitest'
import * as layout from '../../src/tensor/wasm/copies.js'
import { lanesFor } from '../../src/tensor/wasm/lanes.js'
import { check, expectClose, onEachRuntime, randomValues, seeds, shapes } from './kit.js'

onEachRuntime('layout', (run, vectorLanes) => {
  it('transposes into lanes and back', () => {
    const cases = fc.record({
      C: fc.integer({ min: 1, max: 4 }),
      P: fc.integer({ min: 1, max: 40 }),
      N: fc.oneof(fc.integer({ min: 1, max: 19 }), fc.constantFrom(32, 40, 24)),
      seed: seeds,
    })
    check(cases, ({ C, P, N, seed }) => {
      const { blocks, lanes } = lanesFor(N, vectorLanes)
      const x = randomValues(N * C * P, seed)
      const expected = Array.from({ length: C * blocks * P * lanes }, (_, i) => {
        const [row, lane] = [Math.floor(i / lanes), i % lanes]
        const [plane, place] = [Math.floor(row / P), row % P]
        const [channel, n] = [Math.floor(plane / blocks), (plane % blocks) * lanes + lane]
        return n < N ? x[(n * C + channel) * P + place]! : 0
      })
      run(
        (arrays, rt) => {
          const dst = arrays.room(expected.length)
          layout.toLanes(rt, dst, arrays.put(x), { N, C, P })
          expectClose(arrays.get(dst, expected.length), expected, 0)
          const back = arrays.room(x.length)
          layout.fromLanes(rt, back, dst, { N, C, P })
          expectClose(arrays.get(back, x.length), x, 0)
        },
        'toLanes',
        'fromLanes',
      )
    })
  })

  it('copies and fills any number of floats', () => {
    check(fc.tuple(fc.integer({ min: 1, max: 100 }), seeds), ([n, seed]) => {
      const x = randomValues(n, seed)
      run((arrays, rt) => {
        const y = arrays.room(n)
        layout.copy(rt, y, arrays.put(x), n)
        expectClose(arrays.get(y, n), x, 0)
        layout.fill(rt, y, n, 2.5)
        expectClose(arrays.get(y, n), Array(n).fill(2.5), 0)
      }, 'copy')
    })
  })

  it('clears padded lanes only', () => {
    check(shapes(vectorLanes), ({ C, P, N, Np }) => {
      run((arrays, rt) => {
        const y = arrays.put(new Float32Array(C * P * Np).fill(1))
        layout.clearPadding(rt, y, C * P, { N, Np })
        expectClose(
          arrays.get(y, C * P * Np),
          Array.from({ length: C * P * Np }, (_, i) => Number(i % Np < N)),
          0,
        )
      })
    })
  })

  it('copies with any strides', () => {
    const cases = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
      order: fc.infiniteStream(fc.nat()),
      seed: seeds,
      accumulate: fc.boolean(),
      keepOrder: fc.boolean(),
    })
    check(cases, ({ sizes, order, seed, accumulate, keepOrder }) => {
      const n = sizes.reduce((a, b) => a * b, 1)
      const dstStrides = rowMajor(sizes)
      // the source holds the axes in another order, the last one possibly reversed or repeated
      const axes = sizes.map((_, i) => ({ i, key: keepOrder ? i : order.next().value! }))
      axes.sort((a, b) => a.key - b.key)
      const packed = rowMajor(axes.map(({ i }) => sizes[i]!))
      const srcStrides = sizes.map((_, i) => packed[axes.findIndex((axis) => axis.i === i)]!)
      let start = 0
      if (seed % 3 === 0) srcStrides[0] = 0
      if (seed % 3 === 1) {
        start = (sizes[0]! - 1) * srcStrides[0]!
        srcStrides[0] = -srcStrides[0]!
      }
      const x = randomValues(n, seed)
      const before = randomValues(n, seed + 1)
      const expected = Array.from({ length: n }, (_, flat) => {
        let rest = flat
        const from = sizes.reduce((at, _size, axis) => {
          const index = Math.floor(rest / dstStrides[axis]!)
          rest %= dstStrides[axis]!
          return at + index * srcStrides[axis]!
        }, start)
        return Math.fround(x[from]! + (accumulate ? before[flat]! : 0))
      })
      run((arrays, rt) => {
        const dst = arrays.put(before)
        const src = arrays.put(x) + 4 * start
        layout.stridedCopy(rt, { dst, src, sizes, dstStrides, srcStrides, accumulate })
        expectClose(arrays.get(dst, n), expected, 0)
      })
    })
  })
})

const rowMajor = (sizes: number[]): number[] =>
  sizes.map((_, i) => sizes.slice(i + 1).reduce((product, size) => product * size, 1))
