import type { AnyModule } from './module.js'

/** Run `fn` with a model in evaluation mode, then give each of its modules the mode that it had. */
export function evaluating<T>(model: AnyModule, fn: () => T): T {
  const modes = Array.from(model.namedModules(), ([, module]) => ({ module, training: module.training }))
  try {
    model.eval()
    return fn()
  } finally {
    for (const { module, training } of modes) module.training = training
  }
}
