import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as reduce from '../../src/tensor/wasm/kernels/reduce.js'
import { check, expectClose, onEachRuntime, randomLanes, randomValues, seeds, shapes } from './kit.js'

onEachRuntime('reduce', (run, lanes) => {
  it('sums flat arrays in double precision', () => {
    check(fc.tuple(fc.integer({ min: 1, max: 3000 }), seeds), ([n, seed]) => {
      const x = randomValues(n, seed, 1, 1000)
      const total = x.reduce((a, b) => a + b, 0)
      run(
        (arrays, rt) => {
          const at = arrays.put(x)
          const y = arrays.room(1)
          reduce.sum(rt, y, at, n)
          expect(arrays.get(y, 1)[0]).toBe(Math.fround(total))
          const squares = x.reduce((a, b) => a + b * b, 0)
          expect(reduce.sumOfSquares(rt, at, n) / squares).toBeCloseTo(1, 12)
        },
        'sum',
        'sumOfSquares',
      )
    })
  })

  it('sums channels, and planes', () => {
    check(fc.tuple(shapes(lanes), seeds), ([shape, seed]) => {
      const { C, P, Np } = shape
      const x = randomLanes(C * P, shape, seed)
      const [channel, plane] = [new Float64Array(C), new Float64Array(C * Np)]
      for (let i = 0; i < x.length; i++) {
        const c = Math.floor(i / (P * Np))
        channel[c]! += x[i]!
        plane[c * Np + (i % Np)]! += x[i]! / P
      }
      run(
        (arrays, rt) => {
          const [a, y, planes] = [arrays.put(x), arrays.room(C), arrays.room(C * Np)]
          reduce.sumChannel(rt, y, a, shape)
          expectClose(arrays.get(y, C), channel)
          reduce.sumPlane(rt, planes, a, shape, 1 / P)
          expectClose(arrays.get(planes, C * Np), plane)
        },
        'sumChannel',
        'sumPlane',
      )
    })
  })

  it('sums large planes precisely', () => {
    const shape = { C: 3, P: 1024, N: 64, Np: 64 }
    const x = randomValues(3 * 1024 * 64, 7, 1, 5)
    const expected = new Float64Array(3 * 64)
    for (let i = 0; i < x.length; i++) expected[Math.floor(i / (1024 * 64)) * 64 + (i % 64)]! += x[i]!
    run((arrays, rt) => {
      const y = arrays.room(3 * 64)
      reduce.sumPlane(rt, y, arrays.put(x), shape)
      expectClose(arrays.get(y, 3 * 64), expected, 1e-6)
    }, 'sumPlane')
  })

  it('reduces rows and columns', () => {
    check(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 45 }), seeds), ([R, L, seed]) => {
      const x = randomValues(R * L, seed, 1, -0.5)
      const rows = Array.from({ length: R }, (_, r) => Array.from(x.subarray(r * L, (r + 1) * L)))
      const add = (a: number, b: number) => a + b
      run(
        (arrays, rt) => {
          const at = arrays.put(x)
          const [y, z] = [arrays.room(R), arrays.room(L)]
          reduce.sumRows(rt, y, at, R, L)
          expectClose(
            arrays.get(y, R),
            rows.map((row) => row.reduce(add, 0)),
          )
          reduce.maxRows(rt, y, at, R, L)
          expectClose(
            arrays.get(y, R),
            rows.map((row) => Math.max(...row)),
            0,
          )
          reduce.sumColumns(rt, z, at, R, L)
          expectClose(
            arrays.get(z, L),
            rows[0]!.map((_, column) => rows.reduce((total, row) => total + row[column]!, 0)),
          )
        },
        'sumRows',
        'maxRows',
        'sumColumns',
      )
    })
  })
})
