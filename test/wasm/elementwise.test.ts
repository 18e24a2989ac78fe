import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type ActivationName,
  type BinaryName,
  binaryFunctions,
  elementwise,
  slopes,
  type UnaryName,
  usual,
} from '../../src/tensor/elementwise.js'
import { check, expectClose, onEachRuntime, randomLanes, randomValues, seeds, shapes } from './kit.js'

const unaryNames = Object.keys(elementwise) as UnaryName[]

/** In which the last places of exp, log or tanh and of a division add up. */
const ulps: { [Name in UnaryName]?: number } = { tanh: 3, sigmoid: 3, silu: 3, elu: 6, softplus: 5 }

const lengths = fc.integer({ min: 1, max: 100 })

/** Error relative to the expected value, in units of the smallest relative difference of floats, 2⁻²³. */
function expectUlps(actual: number[], expected: number[], ulps: number): void {
  expected.forEach((value, i) => {
    const a = actual[i]!
    if (Object.is(a, Math.fround(value)) || a === value) return
    // below the normal numbers there are no more relative digits
    const unit = Math.max(Math.abs(value), 1.2e-38) * 2 ** -23
    expect(Math.abs(a - value) / unit, `${a} instead of ${value}`).toBeLessThanOrEqual(ulps)
  })
}

onEachRuntime('elementwise', (run, lanes) => {
  for (const name of unaryNames) {
    const { f, positive = false } = elementwise[name]
    const [a, b] = usual(elementwise[name])
    it(name, () => {
      check(fc.tuple(lengths, seeds), ([n, seed]) => {
        const x = randomValues(n, seed, 4).map((value) => (positive ? Math.abs(value) : value))
        run((arrays, rt) => {
          const y = arrays.room(n)
          const args = { y, x: arrays.put(x), n, a, b }
          rt.run(name, args)
          const [actual, expected] = [arrays.get(y, n), Array.from(x, (value) => f(value, a, b))]
          if (name.startsWith('gelu')) expectClose(actual, expected, 3e-7)
          else expectUlps(actual, expected, ulps[name] ?? 2)
        }, name)
      })
    })
  }

  it('covers the whole range and the special values', () => {
    const x = Float32Array.from([
      ...[0, -0, 1, -1, Infinity, -Infinity, Number.NaN, 1e-40, -1e-40, 1e-45, 3.4e38, -3.4e38],
      ...[88.7, 88.8, 89, 100, -87.3, -87.4, -95, -103, -104, -110, 0.5, 0.70709, 0.70712, 1.413, 1.416],
      ...[0.624, 0.626, -0.624, -0.626, 1e-5, 9, 10, 20],
    ])
    for (const name of ['exp', 'log', 'tanh', 'sigmoid', 'sqrt', 'relu'] as const) {
      run((arrays, rt) => {
        const y = arrays.room(x.length)
        rt.run(name, { y, x: arrays.put(x), n: x.length })
        // below the normal floats sigmoid may be 0
        const expected = Array.from(x, (value) => elementwise[name].f(value, 0, 0)).map((value) =>
          name === 'sigmoid' && value < 1.2e-38 ? 0 : value > 3.4028236e38 ? Infinity : value,
        )
        const actual = arrays.get(y, x.length).map((value) => (name === 'sigmoid' && value < 1.2e-38 ? 0 : value))
        expectUlps(actual, expected, 3)
      }, name)
    }
  })

  for (const [name, f] of Object.entries(binaryFunctions) as [BinaryName, (a: number, b: number) => number][]) {
    it(name, () => {
      check(fc.tuple(lengths, seeds), ([n, seed]) => {
        const a = randomValues(n, seed)
        const b = randomValues(n, seed + 1, 3)
        run((arrays, rt) => {
          const y = arrays.room(n)
          rt.run(name, { y, p: arrays.put(a), q: arrays.put(b), n })
          expectClose(
            arrays.get(y, n),
            Array.from(a, (value, i) => f(value, b[i]!)),
          )
        }, name)
      })
    })
  }

  for (const name of Object.keys(slopes) as ActivationName[]) {
    const [a, b] = usual(elementwise[name])
    it(`gradient of ${name}`, () => {
      check(fc.tuple(lengths, seeds), ([n, seed]) => {
        const [g, saved] = [randomValues(n, seed), randomValues(n, seed + 1, 3)]
        run((arrays, rt) => {
          const dx = arrays.room(n)
          const args = { dx, dy: arrays.put(g), saved: arrays.put(saved), n, a, b }
          rt.run(`${name}Backward` as const, args)
          expectClose(
            arrays.get(dx, n),
            Array.from(g, (value, i) => value * slopes[name](saved[i]!, a, b)),
          )
        }, `${name}Backward`)
      })
    })
  }

  it('affine, addRelu and pow, in place too', () => {
    check(fc.tuple(lengths, seeds), ([n, seed]) => {
      const [a, b] = [randomValues(n, seed), randomValues(n, seed + 1)]
      run(
        (arrays, rt) => {
          const [p, q, y] = [arrays.put(a), arrays.put(b), arrays.room(n)]
          const expectEach = (f: (a: number, b: number) => number) =>
            expectClose(
              arrays.get(y, n),
              Array.from(a, (value, i) => f(value, b[i]!)),
            )
          rt.run('affine', { y, x: p, n, a: 1.5, b: -0.25 })
          expectEach((a) => 1.5 * a - 0.25)
          rt.run('addRelu', { y, p, q, n })
          expectEach((a, b) => Math.max(a + b, 0))
          rt.run('affine', { y, x: p, n, a: 3, b: 0 })
          rt.run('add', { y, p: y, q, n })
          expectEach((a, b) => 3 * a + b)
          rt.run('pow', { y, x: p, n, a: 3 })
          expectEach((a) => a ** 3)
        },
        'affine',
        'addRelu',
        'add',
        'pow',
      )
    })
  })

  it('keeps padded lanes zero', () => {
    check(fc.tuple(shapes(lanes), seeds), ([shape, seed]) => {
      const { C, P, N, Np } = shape
      const values = randomLanes(C * P, shape, seed).map(Math.abs)
      run((arrays) => {
        const { backend } = arrays
        const x = arrays.lanes(values, shape)
        const expected = (f: (x: number) => number) => Array.from(values, (v, i) => (i % Np < N ? f(v) : 0))
        for (const name of unaryNames) {
          const constants = usual(elementwise[name])
          const f = (v: number) => elementwise[name].f(v, ...constants)
          expectClose(arrays.memory(backend.unary(name, x, constants)), expected(f), 2e-6)
        }
        expectClose(
          arrays.memory(backend.binary('div', x, x)),
          expected(() => 1),
        )
        expectClose(
          arrays.memory(backend.affine(x, 2, 1)),
          expected((v) => 2 * v + 1),
        )
        expectClose(
          arrays.memory(backend.pow(x, 0)),
          expected(() => 1),
        )
      })
    })
  })

  it('broadcasts one value for each channel, or for each channel and image', () => {
    check(fc.tuple(shapes(lanes), seeds), ([shape, seed]) => {
      const { C, P, N, Np } = shape
      const n = C * P * Np
      const x = randomLanes(C * P, shape, seed)
      const s = randomValues(C, seed + 2)
      const t = randomLanes(C, shape, seed + 3)
      const expected = (f: (c: number, lane: number, i: number) => number) =>
        Array.from(x, (_, i) => (i % Np < N ? f(Math.floor(i / (P * Np)), i % Np, i) : 0))
      run(
        (arrays, rt) => {
          const [from, y] = [arrays.put(x), arrays.room(n)]
          rt.run('addChannel', { y, x: from, s: arrays.put(s), ...shape })
          expectClose(
            arrays.get(y, n),
            expected((c, _, i) => x[i]! + s[c]!),
          )
          rt.run('mulChannel', { y, x: from, s: arrays.put(s), ...shape })
          expectClose(
            arrays.get(y, n),
            expected((c, _, i) => x[i]! * s[c]!),
          )
          const images = arrays.put(t)
          rt.run('mulImage', { y, x: from, s: images, ...shape })
          expectClose(
            arrays.get(y, n),
            expected((c, lane, i) => x[i]! * t[c * Np + lane]!),
          )
          rt.run('spreadImage', { y, s: images, a: 0.5, ...shape })
          expectClose(
            arrays.get(y, n),
            expected((c, lane) => 0.5 * t[c * Np + lane]!),
          )
        },
        'addChannel',
        'mulChannel',
        'mulImage',
        'spreadImage',
      )
    })
  })
})
