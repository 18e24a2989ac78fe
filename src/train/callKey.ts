import type { AnyModule, Module } from '../nn/module.js'

/**
 * Tells of calls of a model whether they run the same kernels on inputs of one shape: by each module's mode, and which parameters are
 * trained. Null while somebody watches a module, who would miss calls that are replayed.
 */
export function callKeys(model: Module): () => string | null {
  const modules: readonly AnyModule[] = Array.from(model.namedModules(), ([, module]) => module)
  const parameters = model.parameters()
  return () => {
    if (modules.some(({ isHooked }) => isHooked)) return null
    const modes = modules.map(({ training }) => Number(training))
    const trained = parameters.map(({ requiresGrad }) => Number(requiresGrad))
    return `${modes.join('')} ${trained.join('')}`
  }
}
