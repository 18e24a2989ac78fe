import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as elementwise from '../../src/tensor/wasm/kernels/elementwise.js'
import { check, expectClose, onEachRuntime, randomLanes, randomValues, seeds, shapes } from './kit.js'

const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high)
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** The kernels by name: accessed as properties of an object, not of the module. */
const kernels = { ...elementwise }

const unary = {
  neg: (x: number) => -x,
  abs: Math.abs,
  sign: Math.sign,
  sqrt: Math.sqrt,
  square: (x: number) => x * x,
  exp: Math.exp,
  log: Math.log,
  relu: (x: number) => Math.max(x, 0),
  relu6: (x: number) => clamp(x, 0, 6),
  sigmoid,
  tanh: Math.tanh,
  hardSigmoid: (x: number) => clamp(x + 3, 0, 6) / 6,
  hardSwish: (x: number) => (x * clamp(x + 3, 0, 6)) / 6,
  silu: (x: number) => x * sigmoid(x),
}

const binary = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  reluBackward: (dy: number, y: number) => (y > 0 ? dy : 0),
  relu6Backward: (dy: number, y: number) => (y > 0 && y < 6 ? dy : 0),
  sigmoidBackward: (dy: number, y: number) => dy * y * (1 - y),
  tanhBackward: (dy: number, y: number) => dy * (1 - y * y),
  hardSigmoidBackward: (dy: number, x: number) => (x > -3 && x < 3 ? dy / 6 : 0),
  hardSwishBackward: (dy: number, x: number) => (x <= -3 ? 0 : x < 3 ? dy * (x / 3 + 0.5) : dy),
  siluBackward: (dy: number, x: number) => dy * sigmoid(x) * (1 + x * (1 - sigmoid(x))),
}

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
  for (const [name, f] of Object.entries(unary) as [keyof typeof unary, (x: number) => number][]) {
    it(name, () => {
      check(fc.tuple(lengths, seeds), ([n, seed]) => {
        const x = randomValues(n, seed, 4).map((value) => (name === 'log' || name === 'sqrt' ? Math.abs(value) : value))
        run((arrays, rt) => {
          const y = arrays.room(n)
          kernels[name](rt, y, arrays.put(x), n)
          expectUlps(
            arrays.get(y, n),
            Array.from(x, f),
            name === 'tanh' || name === 'sigmoid' || name === 'silu' ? 3 : 2,
          )
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
        kernels[name](rt, y, arrays.put(x), x.length)
        // below the normal floats sigmoid may be 0
        const expected = Array.from(x, unary[name]).map((value) =>
          name === 'sigmoid' && value < 1.2e-38 ? 0 : value > 3.4028236e38 ? Infinity : value,
        )
        const actual = arrays.get(y, x.length).map((value) => (name === 'sigmoid' && value < 1.2e-38 ? 0 : value))
        expectUlps(actual, expected, 3)
      }, name)
    }
  })

  for (const [name, f] of Object.entries(binary) as [keyof typeof binary, (a: number, b: number) => number][]) {
    it(name, () => {
      check(fc.tuple(lengths, seeds), ([n, seed]) => {
        const a = randomValues(n, seed)
        const b = randomValues(n, seed + 1, 3)
        run((arrays, rt) => {
          const y = arrays.room(n)
          kernels[name](rt, y, arrays.put(a), arrays.put(b), n)
          expectClose(
            arrays.get(y, n),
            Array.from(a, (value, i) => f(value, b[i]!)),
          )
        }, name)
      })
    })
  }

  it('affine, scale, accumulate and pow', () => {
    check(fc.tuple(lengths, seeds), ([n, seed]) => {
      const a = randomValues(n, seed)
      const b = randomValues(n, seed + 1)
      run(
        (arrays, rt) => {
          const [p, q, y] = [arrays.put(a), arrays.put(b), arrays.room(n)]
          elementwise.affine(rt, y, p, n, 1.5, -0.25)
          expectClose(
            arrays.get(y, n),
            Array.from(a, (value) => 1.5 * value - 0.25),
          )
          elementwise.addRelu(rt, y, p, q, n)
          expectClose(
            arrays.get(y, n),
            Array.from(a, (value, i) => Math.max(value + b[i]!, 0)),
          )
          elementwise.scale(rt, y, p, n, 3)
          elementwise.accumulate(rt, y, q, n)
          expectClose(
            arrays.get(y, n),
            Array.from(a, (value, i) => 3 * value + b[i]!),
          )
          elementwise.pow(rt, y, p, n, 3)
          expectClose(
            arrays.get(y, n),
            Array.from(a, (value) => value ** 3),
          )
        },
        'affine',
        'addRelu',
        'add',
        'pow',
      )
    })
  })

  it('keeps padded lanes zero', () => {
    check(fc.tuple(shapes(lanes), seeds), ([{ C, P, N, Np }, seed]) => {
      const n = C * P * Np
      const x = randomLanes(C * P, { N, Np }, seed).map(Math.abs)
      run((arrays, rt) => {
        const from = arrays.put(x)
        for (const name of ['exp', 'log', 'sigmoid', 'hardSigmoid'] as const) {
          const y = arrays.room(n)
          kernels[name](rt, y, from, n, { N, Np })
          expectClose(
            arrays.get(y, n),
            Array.from(x, (value, i) => (i % Np < N ? unary[name](value) : 0)),
          )
        }
        const y = arrays.room(n)
        elementwise.div(rt, y, from, from, n, { N, Np })
        expectClose(
          arrays.get(y, n),
          Array.from(x, (_, i) => Number(i % Np < N)),
        )
        elementwise.affine(rt, y, from, n, 2, 1, { N, Np })
        expectClose(
          arrays.get(y, n),
          Array.from(x, (value, i) => (i % Np < N ? 2 * value + 1 : 0)),
        )
        elementwise.pow(rt, y, from, n, 0, { N, Np })
        expectClose(
          arrays.get(y, n),
          Array.from(x, (_, i) => Number(i % Np < N)),
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
          elementwise.addChannel(rt, y, from, arrays.put(s), shape)
          expectClose(
            arrays.get(y, n),
            expected((c, _, i) => x[i]! + s[c]!),
          )
          elementwise.mulChannel(rt, y, from, arrays.put(s), shape)
          expectClose(
            arrays.get(y, n),
            expected((c, _, i) => x[i]! * s[c]!),
          )
          const images = arrays.put(t)
          elementwise.mulImage(rt, y, from, images, shape)
          expectClose(
            arrays.get(y, n),
            expected((c, lane, i) => x[i]! * t[c * Np + lane]!),
          )
          elementwise.spreadImage(rt, y, images, shape, 0.5)
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
