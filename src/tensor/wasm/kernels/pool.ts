/** Pooling of activations (C, H, W, Np). */
import type { WasmRuntime } from '../runtime.js'
import type { KernelArguments } from '../signatures.js'
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

/** y (C, Ho, Wo, Np) = the largest of each window, and in `index`, whole numbers as y, where it is, for the gradient. */
export function maxPool(rt: WasmRuntime, y: number, index: number, x: number, shape: PoolShape): void {
  withTables(rt, shape, (windows) => rt.run('maxPool', { y, index, x, ...windows, span: span(shape) }))
}

/** dx (C, H, W, Np), from the index that `maxPool` wrote. */
export function maxPoolBackward(rt: WasmRuntime, dx: number, dy: number, index: number, shape: PoolShape): void {
  withTables(rt, shape, (windows) => rt.run('maxPoolBackward', { dx, dy, index, ...windows, span: span(shape) }))
}

/** y (C, Ho, Wo, Np) = the sum of each window over its size. */
export function averagePool(rt: WasmRuntime, y: number, x: number, shape: PoolShape): void {
  withTables(rt, shape, (windows) => rt.run('averagePool', { y, x, ...windows }))
}

/** dx (C, H, W, Np) of `averagePool`. */
export function averagePoolBackward(rt: WasmRuntime, dx: number, dy: number, shape: PoolShape): void {
  withTables(rt, shape, (windows) => rt.run('averagePoolBackward', { dx, dy, ...windows }))
}

/** y (C, Np) = the mean over all places of x (C, P, Np). */
export function globalAveragePool(rt: WasmRuntime, y: number, x: number, shape: Lanes): void {
  sumPlane(rt, y, x, shape, 1 / shape.P)
}

/** dx (C, P, Np) of `globalAveragePool`. */
export function globalAveragePoolBackward(rt: WasmRuntime, dx: number, dy: number, shape: Lanes): void {
  rt.run('spreadImage', { y: dx, s: dy, C: shape.C, P: shape.P, Np: shape.Np, a: 1 / shape.P })
}

/** Places in a row of the largest window: how positions within a window are numbered. */
function span({ rows, columns }: PoolShape): number {
  const longest = ({ first, end }: Windows) => Math.max(...end.map((e, i) => e - first[i]!))
  const width = longest(columns)
  if (width * longest(rows) > 256) throw new Error('internal: a window of more than 256 places')
  return width
}

/** What the kernels of all kinds of pooling have in common. */
type WindowArguments = Omit<KernelArguments<'averagePool'>, 'x' | 'y'>

/** Find the tables of the windows in memory. */
function withTables(
  rt: WasmRuntime,
  { C, Np, rows, columns }: PoolShape,
  run: (windows: WindowArguments) => void,
): void {
  run({
    C,
    H: rows.input,
    W: columns.input,
    outH: rows.first.length,
    outW: columns.first.length,
    Np,
    rowTable: rt.table(windowTable(rows)),
    columnTable: rt.table(windowTable(columns)),
  })
}
