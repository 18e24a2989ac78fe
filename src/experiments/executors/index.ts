import type { Executor } from '../executor.js'
import { localExecutor } from './local.js'

/** Executors by the names that `reproduce --executor` takes. */
export const executors: Readonly<Record<string, Executor>> = { local: localExecutor }
