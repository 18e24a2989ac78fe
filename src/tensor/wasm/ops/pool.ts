import type { AvgPoolSpec, PoolSpec } from '../../backend.js'
import { poolOutputShape, type Shape } from '../../shape.js'
import { type Lanes, lanesFor } from '../lanes.js'
import type { WasmRuntime } from '../runtime.js'
import type { KernelArguments } from '../signatures.js'
import { WasmArray } from '../wasmArray.js'
import { adaptiveWindows, slidingWindows, type Windows, windowTable } from './poolWindow.js'
import { inLanes } from './shape.js'

/** The planes of (N, C, H, W), and their lanes. */
function planes(x: Shape, vectorLanes: number): { C: number; Np: number } {
  const { blocks, lanes } = lanesFor(x[0]!, vectorLanes)
  return { C: x[1]! * blocks, Np: lanes }
}

/** Windows of a kernel that slides over (N, C, H, W). */
function sliding(x: Shape, spec: PoolSpec & { countIncludePad?: boolean }, { backend }: WasmArray): PoolShape {
  const windows = (d: 0 | 1): Windows =>
    slidingWindows(x[2 + d]!, {
      kernel: spec.kernel[d],
      stride: spec.stride[d],
      padding: spec.padding[d],
      countIncludePad: spec.countIncludePad ?? true,
    })
  return { ...planes(x, backend.runtime.lanes), rows: windows(0), columns: windows(1) }
}

function adaptive(x: Shape, out: readonly [number, number], { backend }: WasmArray): PoolShape {
  const windows = (d: 0 | 1): Windows => adaptiveWindows(x[2 + d]!, out[d])
  return { ...planes(x, backend.runtime.lanes), rows: windows(0), columns: windows(1) }
}

const lanesArray = (like: WasmArray, shape: Shape): WasmArray => WasmArray.allocate(like.backend, shape, 'lanes')

function maxPool2d(input: WasmArray, spec: PoolSpec): { y: WasmArray; index: WasmArray } {
  const x = inLanes(input)
  const y = lanesArray(x, poolOutputShape(x.shape, spec))
  const index = lanesArray(x, y.shape)
  maxPool(x.backend.runtime, y.address, index.address, x.address, sliding(x.shape, spec, x))
  return { y, index }
}

function maxPool2dGrad(dy: WasmArray, index: WasmArray, xShape: Shape, spec: PoolSpec): WasmArray {
  const dx = lanesArray(dy, xShape)
  maxPoolBackward(dy.backend.runtime, dx.address, inLanes(dy).address, index.address, sliding(xShape, spec, dy))
  return dx
}

function avgPool2d(input: WasmArray, spec: AvgPoolSpec): WasmArray {
  const x = inLanes(input)
  const y = lanesArray(x, poolOutputShape(x.shape, spec))
  averagePool(x.backend.runtime, y.address, x.address, sliding(x.shape, spec, x))
  return y
}

function avgPool2dGrad(dy: WasmArray, xShape: Shape, spec: AvgPoolSpec): WasmArray {
  const dx = lanesArray(dy, xShape)
  averagePoolBackward(dy.backend.runtime, dx.address, inLanes(dy).address, sliding(xShape, spec, dy))
  return dx
}

function adaptiveAvgPool2d(input: WasmArray, size: readonly [number, number]): WasmArray {
  const x = inLanes(input)
  const y = lanesArray(x, [x.shape[0]!, x.shape[1]!, ...size])
  if (size[0] === 1 && size[1] === 1) globalAveragePool(x.backend.runtime, y.address, x.address, x.planes)
  else averagePool(x.backend.runtime, y.address, x.address, adaptive(x.shape, size, x))
  return y
}

function adaptiveAvgPool2dGrad(dOut: WasmArray, xShape: Shape): WasmArray {
  const dy = inLanes(dOut)
  const dx = lanesArray(dy, xShape)
  const size = [dy.shape[2]!, dy.shape[3]!] as const
  if (size[0] === 1 && size[1] === 1) globalAveragePoolBackward(dy.backend.runtime, dx.address, dy.address, dx.planes)
  else averagePoolBackward(dy.backend.runtime, dx.address, dy.address, adaptive(xShape, size, dy))
  return dx
}

export const poolOperations = {
  maxPool2d,
  maxPool2dGrad,
  avgPool2d,
  avgPool2dGrad,
  adaptiveAvgPool2d,
  adaptiveAvgPool2dGrad,
}

// The same by address, for activations (C, H, W, Np).

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
  rt.run('sumPlane', { y, x, a: 1 / shape.P, ...shape })
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
