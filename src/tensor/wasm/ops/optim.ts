/** What optimizers need: steps over all parameters at once, moving averages, and a look for numbers that are not finite. */
import type { AdamWStep, ParameterUpdate, SgdStep } from '../../backend.js'
import { recording } from '../../recording.js'
import type { WasmArray } from '../wasmArray.js'
import { inLayout, inRows } from './shape.js'

type Update = ParameterUpdate<WasmArray>

/** torch.optim.SGD */
function sgdStep(updates: readonly Update[], options: SgdStep): void {
  withTable(updates, ({ runtime }, table) => runtime.run('sgdStep', { table, rows: updates.length, ...options }))
}

/** torch.optim.AdamW */
function adamWStep(updates: readonly Update[], options: AdamWStep): void {
  const { lr, beta1, beta2, eps, weightDecay, step } = options
  withTable(updates, ({ runtime }, table) =>
    runtime.run('adamwStep', {
      table,
      rows: updates.length,
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

/** Put the addresses of all arrays into memory, a row for each parameter, for the time of the call. */
function withTable(updates: readonly Update[], use: (backend: WasmArray['backend'], table: number) => void): void {
  if (updates.length === 0) return
  const { backend } = updates[0]!.parameter
  const { runtime } = backend
  const bytes = 20 * updates.length
  const table = runtime.heap.allocate(bytes)
  const words = updates.flatMap(({ parameter, gradient, state: [a, b] }) => {
    const g = inLayout(gradient, parameter.layout)
    return [parameter.address, g.address, a?.address ?? 0, b?.address ?? 0, parameter.floats]
  })
  runtime.put(runtime.i32, table, words)
  use(backend, table)
  runtime.heap.free(table, bytes)
}

function lerp(into: WasmArray, target: WasmArray, t: number): void {
  const p = inLayout(target, into.layout).address
  into.backend.runtime.run('emaStep', { e: into.address, p, n: into.floats, decay: 1 - t, rest: 1 - (1 - t) })
}

function firstNonFinite(x: WasmArray): number {
  const { runtime } = x.backend
  const rows = inRows(x)
  const bytes = 4 * runtime.threads
  const found = runtime.heap.allocate(bytes)
  runtime.run('findNonFinite', { found, x: rows.address, n: rows.floats })
  recording?.refuse('the host looked for numbers that are not finite')
  const first = runtime.i32.subarray(found / 4, found / 4 + runtime.threads).find((index) => index >= 0)
  runtime.heap.free(found, bytes)
  return first ?? -1
}

export const optimOperations = { sgdStep, adamWStep, lerp, firstNonFinite }
