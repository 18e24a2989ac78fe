import { Linear } from '../nn/linear.js'
import type { Module } from '../nn/module.js'
import type { StateDict } from '../tensor/stateDict.js'
import { applyWeights, readWeights } from './weights.js'

/**
 * Start a model from a run's or a file's weights. A classifier for another number of classes keeps its initial values, and
 * `onNote` is told; whatever else does not fit is an error.
 * @param path the folder of a run, or a file
 */
export function startFrom(model: Module, path: string, onNote: (text: string) => void = () => {}): void {
  const { file, weights } = readWeights(path)
  const own = model.stateDict()
  const head = headNames(model)
  const anew = head.every((name) => hasOtherClasses(own, weights, name)) ? head : []
  const taken = anew.length === 0 ? weights : { ...weights, ...pick(own, anew) }
  applyWeights(model, taken, file)
  if (anew.length === 0) return
  const [before, now] = [weights, own].map((dict) => dict[anew[0]!]!.shape[0])
  onNote(`${file} is for ${before} classes, here there are ${now}: ${anew.join(' and ')} start anew`)
}

/** Parameters of the last linear layer: the classifier. */
function headNames(model: Module): string[] {
  const last = [...model.namedModules()].filter(([, module]) => module instanceof Linear).at(-1)
  return last ? Array.from(last[1].namedParameters(), ([name]) => `${last[0]}.${name}`) : []
}

/** Whether a parameter differs in the number of its outputs alone. */
function hasOtherClasses(own: StateDict, weights: StateDict, name: string): boolean {
  const [a, b] = [own[name]?.shape, weights[name]?.shape]
  return a !== undefined && b !== undefined && a[0] !== b[0] && a.slice(1).join() === b.slice(1).join()
}

const pick = (dict: StateDict, names: readonly string[]): StateDict =>
  Object.fromEntries(names.map((name) => [name, dict[name]!]))
