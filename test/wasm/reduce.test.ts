import fc from 'fast-check'
import { expect, it } from 'vitest'
import { check, expectClose, onEachRuntime, randomLanes, randomValues, seeds, shapes } from './kit.js'

onEachRuntime('reduce', (run, lanes) => {
  it('sums flat arrays in double precision', () => {
    check(fc.tuple(fc.integer({ min: 1, max: 3000 }), seeds), ([n, seed]) => {
      const values = randomValues(n, seed, 1, 1000)
      run(
        (arrays) => {
          const { backend } = arrays
          const x = arrays.rows(values, [n])
          const total = values.reduce((a, b) => a + b, 0)
          expect(arrays.memory(backend.sum(x, [0], false))[0]).toBe(Math.fround(total))
          const squares = values.reduce((a, b) => a + b * b, 0)
          expect(backend.sumOfSquares(x) / squares).toBeCloseTo(1, 12)
        },
        'sum',
        'sumOfSquares',
      )
    })
  })

  it('sums channels, and planes', () => {
    check(fc.tuple(shapes(lanes), seeds), ([shape, seed]) => {
      const { C, P, Np } = shape
      const values = randomLanes(C * P, shape, seed)
      const [channel, plane] = [new Float64Array(C), new Float64Array(C * Np)]
      for (let i = 0; i < values.length; i++) {
        const c = Math.floor(i / (P * Np))
        channel[c]! += values[i]!
        plane[c * Np + (i % Np)]! += values[i]!
      }
      run((arrays) => {
        const { backend } = arrays
        const x = arrays.lanes(values, shape)
        expectClose(arrays.memory(backend.sum(x, [0, 2], false)), channel)
        expectClose(arrays.memory(backend.sum(x, [2], false)), plane)
      }, 'sumPlane')
    })
  })

  it('sums large planes precisely', () => {
    const shape = { C: 3, P: 1024, N: 64, Np: 64 }
    const x = randomValues(3 * 1024 * 64, 7, 1, 5)
    const expected = new Float64Array(3 * 64)
    for (let i = 0; i < x.length; i++) expected[Math.floor(i / (1024 * 64)) * 64 + (i % 64)]! += x[i]!
    run((arrays, rt) => {
      const y = arrays.room(3 * 64)
      rt.run('sumPlane', { y, x: arrays.put(x), a: 1, ...shape })
      expectClose(arrays.get(y, 3 * 64), expected, 1e-6)
    }, 'sumPlane')
  })

  it('reduces rows and columns', () => {
    check(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 45 }), seeds), ([R, L, seed]) => {
      const values = randomValues(R * L, seed, 1, -0.5)
      const rows = Array.from({ length: R }, (_, r) => Array.from(values.subarray(r * L, (r + 1) * L)))
      const add = (a: number, b: number) => a + b
      run(
        (arrays) => {
          const { backend } = arrays
          const x = arrays.rows(values, [R, L])
          expectClose(
            arrays.memory(backend.sum(x, [1], false)),
            rows.map((row) => row.reduce(add, 0)),
          )
          expectClose(
            arrays.memory(backend.max(x, [1], false)),
            rows.map((row) => Math.max(...row)),
            0,
          )
          expectClose(
            arrays.memory(backend.sum(x, [0], false)),
            rows[0]!.map((_, column) => rows.reduce((total, row) => total + row[column]!, 0)),
          )
        },
        'sumRows',
        'maxRows',
        'sumColumns',
      )
    })
  })

  it('the largest of what has a value that is not a number is none', () => {
    run((arrays) => {
      const x = arrays.rows([1, Number.NaN, 2, 3, 4, 5, 0, -1, 2, Number.NaN], [2, 5])
      expect(arrays.memory(arrays.backend.max(x, [1], true))).toEqual([Number.NaN, Number.NaN])
    })
  })
})
