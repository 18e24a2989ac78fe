/** State dicts: the values of a model, an optimizer or an average by name, as they are saved and loaded. */
import { GhostgradError, showShape } from './errors.js'
import { type Shape, sameShape } from './shape.js'

/** One entry of a state dict. `data` is row-major; an I64 entry (a counter) holds its whole numbers in it. */
export interface StateValue {
  readonly dtype: 'F32' | 'I64'
  readonly shape: Shape
  readonly data: Float32Array
}

/** Key (`layer1.0.conv1.weight`) → value, in the order of PyTorch's `state_dict()`. */
export type StateDict = Record<string, StateValue>

/** A whole number as an entry; an int64 scalar in PyTorch's. Exact up to 2^24. */
export const counterValue = (n: number): StateValue => ({ dtype: 'I64', shape: [], data: Float32Array.of(n) })

/** What of a state dict did not fit; every list is sorted. */
export interface LoadReport {
  /** Keys wanted that the dict lacks. */
  missing: string[]
  /** Keys of the dict that nothing wants. */
  unexpected: string[]
  /** `name expected (16, 3, 3, 3) got (8, 3, 3, 3)` */
  wrongShape: string[]
}

/** Compare a dict with the keys and shapes that are wanted. */
export function compareState(wanted: ReadonlyMap<string, Shape>, dict: StateDict): LoadReport {
  const names = [...wanted.keys()].sort()
  return {
    missing: names.filter((name) => !Object.hasOwn(dict, name)),
    unexpected: Object.keys(dict)
      .filter((name) => !wanted.has(name))
      .sort(),
    wrongShape: names.flatMap((name) => {
      const expected = wanted.get(name)!
      const got = Object.hasOwn(dict, name) ? dict[name]!.shape : expected
      return sameShape(expected, got) ? [] : [`${name} expected ${showShape(expected)} got ${showShape(got)}`]
    }),
  }
}

/** So many names of a kind are worth reading. */
const mostShown = 8

const shorten = (names: readonly string[]): string =>
  names.slice(0, mostShown).join(', ') + (names.length > mostShown ? ` and ${names.length - mostShown} more` : '')

/** Refuse a dict that does not fit exactly, in one error: `who: missing: a, b; wrong shape: d expected (2,) got (3,)`. */
export function requireFit(who: string, report: LoadReport): void {
  const { missing, unexpected, wrongShape } = report
  const lists = Object.entries({ missing, unexpected, 'wrong shape': wrongShape }).filter(([, list]) => list.length > 0)
  if (lists.length === 0) return
  throw new GhostgradError(`${who}: ${lists.map(([what, list]) => `${what}: ${shorten(list)}`).join('; ')}`)
}
