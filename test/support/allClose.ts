import { expect } from 'vitest'
import { Tensor } from '../../src/tensor/tensor.js'

export interface Tolerance {
  /** Allowed error as a fraction of the expected value. Default 0. */
  relative?: number
  /** Allowed error besides, in the quantity's own unit. Default 0. */
  absolute?: number
}

interface Options extends Tolerance {
  /** What is compared, for the message: each quantity has a tolerance of its own. */
  what?: string
}

declare module 'vitest' {
  interface Matchers<T> {
    /** Every |actual − expected| ≤ absolute + relative · |expected|; a failure shows the worst element. */
    toBeAllClose(expected: Tensor | ArrayLike<number>, options?: Options): T
  }
}

const valuesOf = (x: Tensor | ArrayLike<number>): ArrayLike<number> => (x instanceof Tensor ? x.values : x)

expect.extend({
  toBeAllClose(received: Tensor | ArrayLike<number>, wanted: Tensor | ArrayLike<number>, options: Options = {}) {
    const { relative = 0, absolute = 0, what = 'values' } = options
    const actual = valuesOf(received)
    const expected = valuesOf(wanted)
    if (actual.length !== expected.length) {
      return { pass: false, message: () => `${what}: expected ${expected.length} numbers, got ${actual.length}` }
    }
    let worst = { excess: -Infinity, index: 0 }
    for (let index = 0; index < expected.length; index++) {
      const a = actual[index]!
      const e = expected[index]!
      const excess = Math.abs(a - e) - (absolute + relative * Math.abs(e))
      // Infinities and NaN are close to themselves alone.
      const comparable = Number.isNaN(excess) ? (Object.is(a, e) ? -Infinity : Infinity) : excess
      if (comparable > worst.excess) worst = { excess: comparable, index }
    }
    if (worst.excess <= 0) return { pass: true, message: () => `${what}: all are close` }
    const a = actual[worst.index]
    const e = expected[worst.index]
    const allowed = absolute + relative * Math.abs(e ?? 0)
    return {
      pass: false,
      message: () =>
        `${what}: worst of ${expected.length} is element ${worst.index}: actual ${a}, expected ${e}, ` +
        `off by ${Math.abs(a! - e!).toExponential(2)}, allowed ${allowed.toExponential(2)} ` +
        `(relative ${relative}, absolute ${absolute})`,
      actual: Array.from(actual),
      expected: Array.from(expected),
    }
  },
})
