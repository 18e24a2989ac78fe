/** Pooling of activations (C, H, W, Np). */
import type { WasmRuntime } from '../runtime.js'
import { spreadImage } from './elementwise.js'
import type { Lanes } from './lanes.js'
import { type Windows, windowTable } from './poolWindow.js'
import { sumPlane } from './reduce.js'

export { adaptiveWindows, type PoolOptions, slidingWindows, type Windows } from './poolWindow.js'

/** Windows of an image: rows and columns are independent. */
export interface PoolShape {
  C: number
  Np: number
  rows: Windows
  columns: Windows
}

/**
 * y (C, Ho, Wo, Np) = the largest of each window, and in `index` (as many bytes as y has floats; 0: not wanted) where it is, for
 * the gradient. Of equal places the first counts.
 */
export function maxPool(rt: WasmRuntime, y: number, index: number, x: number, shape: PoolShape): void {
  withTables(rt, shape, (sizes, tables) => rt.runBlock('maxPool', [y, index, x, ...sizes, ...tables, span(shape)]))
}

/** dx (C, H, W, Np), from the index that `maxPool` wrote. */
export function maxPoolBackward(rt: WasmRuntime, dx: number, dy: number, index: number, shape: PoolShape): void {
  withTables(rt, shape, (sizes, tables) =>
    rt.runBlock('maxPoolBackward', [dx, dy, index, ...sizes, ...tables, span(shape)]),
  )
}

/** y (C, Ho, Wo, Np) = the sum of each window over its size, or over `divisor`. */
export function averagePool(rt: WasmRuntime, y: number, x: number, shape: PoolShape, divisor = 0): void {
  withTables(rt, shape, (sizes, tables) => rt.runBlock('averagePool', [y, x, ...sizes, ...tables], [divisor]))
}

/** dx (C, H, W, Np) of `averagePool`. */
export function averagePoolBackward(rt: WasmRuntime, dx: number, dy: number, shape: PoolShape, divisor = 0): void {
  withTables(rt, shape, (sizes, tables) => rt.runBlock('averagePoolBackward', [dx, dy, ...sizes, ...tables], [divisor]))
}

/** y (C, Np) = the mean over all places of x (C, P, Np). */
export function globalAveragePool(rt: WasmRuntime, y: number, x: number, shape: Lanes): void {
  sumPlane(rt, y, x, shape, 1 / shape.P)
}

/** dx (C, P, Np), or added to dx, of `globalAveragePool`. */
export function globalAveragePoolBackward(
  rt: WasmRuntime,
  dx: number,
  dy: number,
  shape: Lanes,
  accumulate = false,
): void {
  spreadImage(rt, dx, dy, shape, 1 / shape.P, accumulate)
}

/** Places in a row of the largest window: how positions within a window are numbered. */
function span({ rows, columns }: PoolShape): number {
  const longest = ({ first, end }: Windows) => Math.max(...end.map((e, i) => e - first[i]!))
  const width = longest(columns)
  if (width * longest(rows) > 256) throw new Error('internal: a window of more than 256 places')
  return width
}

/** Find the tables of the windows in memory. */
function withTables(
  rt: WasmRuntime,
  { C, Np, rows, columns }: PoolShape,
  run: (sizes: number[], tables: number[]) => void,
): void {
  const sizes = [C, rows.input, columns.input, rows.first.length, columns.first.length, Np]
  run(sizes, [rt.table(windowTable(rows)), rt.table(windowTable(columns))])
}
