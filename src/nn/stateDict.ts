import { GhostgradError, showShape } from '../tensor/errors.js'
import { type Shape, sameShape } from '../tensor/shape.js'
import { Counter, type Parameter, type StateBuffer } from './parameter.js'

/** One entry of a state dict. `data` is row-major; an I64 entry (a counter) holds its one number in it. */
export interface StateValue {
  readonly dtype: 'F32' | 'I64'
  readonly shape: Shape
  readonly data: Float32Array
}

/** Key (`layer1.0.conv1.weight`) → value, in the order of PyTorch's `state_dict()`. */
export type StateDict = Record<string, StateValue>

/** What of a state dict did not fit a module; every list is sorted. */
export interface LoadReport {
  /** Keys of the module that the dict lacks. */
  missing: string[]
  /** Keys of the dict that the module lacks. */
  unexpected: string[]
  /** `name expected (16, 3, 3, 3) got (8, 3, 3, 3)` */
  wrongShape: string[]
}

export type StateEntry = Parameter | StateBuffer | Counter

const shapeOf = (entry: StateEntry): Shape => (entry instanceof Counter ? [] : entry.shape)

/** A copy of the state. */
export function readState(entries: Iterable<[string, StateEntry]>): StateDict {
  const dict: StateDict = {}
  for (const [name, entry] of entries) {
    dict[name] =
      entry instanceof Counter
        ? { dtype: 'I64', shape: [], data: Float32Array.of(entry.value) }
        : { dtype: 'F32', shape: entry.shape, data: entry.data }
  }
  return dict
}

/**
 * Copy the values of `dict` into the entries of the same names. Strict: anything that does not fit is an error, thrown before
 * any value has changed; otherwise what fits is loaded and the rest reported.
 */
export function writeState(entries: Iterable<[string, StateEntry]>, dict: StateDict, strict: boolean): LoadReport {
  const own = new Map(entries)
  const report = compare(own, dict)
  if (strict && Object.values(report).some((list) => list.length > 0)) {
    throw new GhostgradError(`loadStateDict: ${describe(report)}`)
  }
  for (const [name, entry] of own) {
    const value = Object.hasOwn(dict, name) ? dict[name]! : null
    if (!value || !sameShape(value.shape, shapeOf(entry))) continue
    if (entry instanceof Counter) entry.value = value.data[0]!
    else entry.set(value.data)
  }
  return report
}

function compare(own: ReadonlyMap<string, StateEntry>, dict: StateDict): LoadReport {
  const names = [...own.keys()].sort()
  return {
    missing: names.filter((name) => !Object.hasOwn(dict, name)),
    unexpected: Object.keys(dict)
      .filter((name) => !own.has(name))
      .sort(),
    wrongShape: names.flatMap((name) => {
      const expected = shapeOf(own.get(name)!)
      const got = Object.hasOwn(dict, name) ? dict[name]!.shape : expected
      return sameShape(expected, got) ? [] : [`${name} expected ${showShape(expected)} got ${showShape(got)}`]
    }),
  }
}

/** `missing: a, b; unexpected: c; wrong shape: d expected (2,) got (3,)`, without the empty lists. */
function describe({ missing, unexpected, wrongShape }: LoadReport): string {
  return Object.entries({ missing, unexpected, 'wrong shape': wrongShape })
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${what}: ${list.join(', ')}`)
    .join('; ')
}
