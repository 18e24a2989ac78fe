/** Reductions. Sums are deterministic for a number of threads. */
import { recording } from '../../recording.js'
import type { WasmRuntime } from '../runtime.js'
import type { Lanes } from './lanes.js'

/** y (1) = Σ x over n floats, added in double precision. */
export function sum(rt: WasmRuntime, y: number, x: number, n: number): void {
  withDoubles(rt, rt.threads, (partial) => {
    rt.run('sum', { partial, x, n })
    rt.run('addParts', { y, partial, rows: 1, parts: rt.threads })
  })
}

/** Σ x² over n floats, in double precision. */
export function sumOfSquares(rt: WasmRuntime, x: number, n: number): number {
  return withDoubles(rt, rt.threads, (partial, values) => {
    rt.run('sumOfSquares', { partial, x, n })
    recording?.refuse('the host read a sum of squares')
    return values.reduce((a, b) => a + b, 0)
  })
}

/** y (C) = Σ x over the places and images of each channel of x (C, P, Np): the gradient of a bias. */
export function sumChannel(rt: WasmRuntime, y: number, x: number, { C, P, Np }: Lanes): void {
  // cut the planes where whole channels would keep the threads busy unevenly
  const parts = C % rt.threads === 0 || C > 8 * rt.threads ? 1 : rt.threads
  withDoubles(rt, C * parts, (partial) => {
    rt.run('sumChannel', { partial, x, C, P, Np, parts })
    rt.run('addParts', { y, partial, rows: C, parts })
  })
}

/** y (C, Np) = a · Σ over the places of x (C, P, Np); with a = 1 / P global average pooling. */
export function sumPlane(rt: WasmRuntime, y: number, x: number, { C, P, Np }: Lanes, a = 1): void {
  rt.run('sumPlane', { y, x, C, P, Np, a })
}

/** y (R) = Σ over the last axis of row-major x (R, L). */
export function sumRows(rt: WasmRuntime, y: number, x: number, R: number, L: number): void {
  rt.run('sumRows', { y, x, R, L })
}

/** y (L) = Σ over the first axis of row-major x (R, L). */
export function sumColumns(rt: WasmRuntime, y: number, x: number, R: number, L: number): void {
  rt.run('sumColumns', { y, x, R, L })
}

/** y (R) = the largest of each row of row-major x (R, L); not a number where any is. */
export function maxRows(rt: WasmRuntime, y: number, x: number, R: number, L: number): void {
  rt.run('maxRows', { y, x, R, L })
}

/** Give `use` the address and a view of `count` doubles, for the time of the call. */
function withDoubles<T>(rt: WasmRuntime, count: number, use: (address: number, view: Float64Array) => T): T {
  const address = rt.heap.allocate(8 * count)
  const result = use(address, new Float64Array(rt.f32.buffer, address, count))
  rt.heap.free(address, 8 * count)
  return result
}
