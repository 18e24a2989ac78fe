import { ShapeError } from '../../tensor/errors.js'

/** One size for both directions, or [height, width]. */
export type Pair = number | readonly [number, number]

/** [height, width], each a whole number of at least `least`. */
export function pair(op: string, what: string, value: Pair, least: number): [number, number] {
  const both: readonly [number, number] = typeof value === 'number' ? [value, value] : value
  if (both.length !== 2 || !both.every((n) => Number.isInteger(n) && n >= least)) {
    throw new ShapeError(
      `${op}: expected ${what} to be a whole number ≥ ${least} or a pair of them, got ${JSON.stringify(value)}`,
    )
  }
  return [both[0], both[1]]
}
