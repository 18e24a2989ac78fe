import fc from 'fast-check'
import { it } from 'vitest'
import { check, expectClose, onEachRuntime, randomValues, seeds } from './kit.js'

const lengths = fc.integer({ min: 1, max: 100 })

onEachRuntime('select', (run) => {
  it('clamps, and lets the gradient through between the bounds', () => {
    check(fc.tuple(lengths, seeds), ([n, seed]) => {
      const values = randomValues(n, seed, 2)
      const g = randomValues(n, seed + 1)
      run(
        (arrays, rt) => {
          const [x, y, dx] = [arrays.put(values), arrays.room(n), arrays.room(n)]
          rt.run('clamp', { y, x, n, low: -1, high: 0.5 })
          expectClose(
            arrays.get(y, n),
            values.map((v) => Math.min(Math.max(v, -1), 0.5)),
          )
          rt.run('clampBackward', { dx, dy: arrays.put(g), x, n, low: -1, high: 0.5 })
          expectClose(
            arrays.get(dx, n),
            g.map((v, i) => (values[i]! >= -1 && values[i]! <= 0.5 ? v : 0)),
          )
        },
        'clamp',
        'clampBackward',
      )
    })
  })

  it('takes one of two arrays, or zeros', () => {
    check(fc.tuple(lengths, seeds), ([n, seed]) => {
      const condition = randomValues(n, seed).map((v) => Math.max(v, 0))
      const [a, b] = [randomValues(n, seed + 1), randomValues(n, seed + 2)]
      run((arrays, rt) => {
        const [c, p, q, y] = [arrays.put(condition), arrays.put(a), arrays.put(b), arrays.room(n)]
        const expected = (f: (i: number, holds: boolean) => number) => Array.from(condition, (v, i) => f(i, v !== 0))
        rt.run('where', { y, c, p, q, n })
        expectClose(
          arrays.get(y, n),
          expected((i, holds) => (holds ? a[i]! : b[i]!)),
        )
        rt.run('where', { y, c, p, q: 0, n })
        expectClose(
          arrays.get(y, n),
          expected((i, holds) => (holds ? a[i]! : 0)),
        )
        rt.run('where', { y, c, p: 0, q, n })
        expectClose(
          arrays.get(y, n),
          expected((i, holds) => (holds ? 0 : b[i]!)),
        )
      }, 'where')
    })
  })

  it('takes runs of numbers, and adds them back', () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 20 }),
    )
    check(fc.tuple(sizes, seeds), ([[total, n, length], seed]) => {
      const values = randomValues(total * length, seed)
      const rows = Int32Array.from(randomValues(n, seed + 1), (v) => Math.floor(Math.abs(v) * 1000) % total)
      const taken = Array.from(rows).flatMap((row) => Array.from(values.subarray(row * length, (row + 1) * length)))
      const added = new Array<number>(total * length).fill(0)
      rows.forEach((row, i) => {
        for (let j = 0; j < length; j++) added[row * length + j]! += taken[i * length + j]!
      })
      run(
        (arrays) => {
          const y = arrays.backend.takeRows(arrays.rows(values, [total, length]), rows, [n, length])
          expectClose(arrays.memory(y), taken)
          expectClose(arrays.memory(arrays.backend.addRows(y, rows, [total, length])), added)
        },
        'takeRows',
        'addRows',
      )
    })
  })
})
