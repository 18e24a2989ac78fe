/** Optimizer steps, over all parameters at once. */
import type { AdamWStep, SgdStep } from '../../backend.js'
import { recording } from '../../recording.js'
import type { WasmRuntime } from '../runtime.js'

/** Addresses of n floats each: a parameter (updated), its gradient, and up to two arrays of the optimizer's state (updated). */
export interface Row {
  p: number
  g: number
  state: readonly number[]
  n: number
}

/** torch.optim.SGD; state: the momentum buffer, none without momentum. */
export function sgdStep(rt: WasmRuntime, rows: readonly Row[], options: SgdStep): void {
  withTable(rt, rows, (table) => rt.run('sgdStep', { table, rows: rows.length, ...options }))
}

/** torch.optim.AdamW; state: the first and the second moment. */
export function adamwStep(rt: WasmRuntime, rows: readonly Row[], options: AdamWStep): void {
  const { lr, beta1, beta2, eps, weightDecay, step } = options
  withTable(rt, rows, (table) =>
    rt.run('adamwStep', {
      table,
      rows: rows.length,
      keep: 1 - lr * weightDecay,
      newMean: 1 - beta1,
      oldSquare: beta2,
      newSquare: 1 - beta2,
      rate: lr / (1 - beta1 ** step),
      rootScale: 1 / Math.sqrt(1 - beta2 ** step),
      eps,
    }),
  )
}

/** Put the rows into memory for the time of the call. */
function withTable(rt: WasmRuntime, rows: readonly Row[], use: (table: number) => void): void {
  const bytes = 20 * rows.length
  const table = rt.heap.allocate(bytes)
  const words = rows.flatMap(({ p, g, state, n }) => [p, g, state[0] ?? 0, state[1] ?? 0, n])
  rt.put(rt.i32, table, words)
  use(table)
  rt.heap.free(table, bytes)
}

/** Moving average e = decay · e + (1 − decay) · p. */
export function emaStep(rt: WasmRuntime, e: number, p: number, n: number, decay: number): void {
  rt.run('emaStep', { e, p, n, decay, rest: 1 - decay })
}

/** Index of the first of n floats that is infinite or not a number, −1 if all are finite. */
export function findNonFinite(rt: WasmRuntime, x: number, n: number): number {
  const bytes = 4 * rt.threads
  const found = rt.heap.allocate(bytes)
  rt.run('findNonFinite', { found, x, n })
  recording?.refuse('the host looked for numbers that are not finite')
  const first = rt.i32.subarray(found / 4, found / 4 + rt.threads).find((index) => index >= 0)
  rt.heap.free(found, bytes)
  return first ?? -1
}
