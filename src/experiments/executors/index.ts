import type { Executor } from '../executor.js'

/** Executors by the names that `reproduce --executor` takes; each is loaded when it is asked for, with what it needs. */
export const executors: Readonly<Record<string, () => Promise<Executor>>> = {
  local: async () => (await import('./local.js')).localExecutor,
}
