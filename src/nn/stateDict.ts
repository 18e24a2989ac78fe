import { type Shape, sameShape } from '../tensor/shape.js'
import { compareState, counterValue, type LoadReport, requireFit, type StateDict } from '../tensor/stateDict.js'
import { Counter, type Parameter, type StateBuffer } from './parameter.js'

export type { LoadReport, StateDict, StateValue } from '../tensor/stateDict.js'

export type StateEntry = Parameter | StateBuffer | Counter

const shapeOf = (entry: StateEntry): Shape => (entry instanceof Counter ? [] : entry.shape)

/** A copy of the state. */
export function readState(entries: Iterable<[string, StateEntry]>): StateDict {
  const dict: StateDict = {}
  for (const [name, entry] of entries) {
    dict[name] =
      entry instanceof Counter ? counterValue(entry.value) : { dtype: 'F32', shape: entry.shape, data: entry.data }
  }
  return dict
}

/**
 * Copy the values of `dict` into the entries of the same names. Strict: anything that does not fit is an error, thrown before
 * any value has changed; otherwise what fits is loaded and the rest reported.
 */
export function writeState(entries: Iterable<[string, StateEntry]>, dict: StateDict, strict: boolean): LoadReport {
  const own = new Map(entries)
  const report = compareState(new Map(Array.from(own, ([name, entry]) => [name, shapeOf(entry)])), dict)
  if (strict) requireFit('loadStateDict', report)
  for (const [name, entry] of own) {
    const value = Object.hasOwn(dict, name) ? dict[name]! : null
    if (!value || !sameShape(value.shape, shapeOf(entry))) continue
    if (entry instanceof Counter) entry.value = value.data[0]!
    else entry.set(value.data)
  }
  return report
}
