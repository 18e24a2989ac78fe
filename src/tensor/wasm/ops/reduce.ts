/** Reductions. Sums are in double precision, and deterministic for a number of threads. */
import { recording } from '../../recording.js'
import { reducedShape, type Shape, sizeOf } from '../../shape.js'
import type { WasmRuntime } from '../runtime.js'
import { WasmArray } from '../wasmArray.js'
import { inRows } from './shape.js'
import { viaReference } from './viaReference.js'

/** Sum over axes, by the kernel that fits the layout. */
function sum(x: WasmArray, axes: readonly number[], keepDims: boolean): WasmArray {
  const shape = reducedShape(x.shape, axes, keepDims)
  if (axes.length === x.shape.length) return sumAll(x, shape)
  const out = x.layout === 'lanes' ? sumLanes(x, axes, shape) : sumRows(x, axes, shape)
  return out ?? viaReference('sum', [x], (reference, [a]) => reference.sum(a!, axes, keepDims))
}

function sumAll(x: WasmArray, shape: Shape): WasmArray {
  const out = WasmArray.allocate(x.backend, shape, 'rows')
  const { runtime } = x.backend
  const parts = runtime.threads
  withDoubles(runtime, parts, (partial) => {
    runtime.run('sum', { partial, x: x.address, n: x.floats })
    runtime.run('addParts', { y: out.address, partial, rows: 1, parts })
  })
  return out
}

function sumOfSquares(x: WasmArray): number {
  const { runtime } = x.backend
  return withDoubles(runtime, runtime.threads, (partial, values) => {
    runtime.run('sumOfSquares', { partial, x: x.address, n: x.floats })
    recording?.refuse('the host read a sum of squares')
    return values.reduce((a, b) => a + b, 0)
  })
}

/** Give `use` the address and a view of `count` doubles, for the time of the call. */
function withDoubles<T>(rt: WasmRuntime, count: number, use: (address: number, view: Float64Array) => T): T {
  const address = rt.heap.allocate(8 * count)
  const result = use(address, new Float64Array(rt.f32.buffer, address, count))
  rt.heap.free(address, 8 * count)
  return result
}

/** (N, C, …): over all but the channels, or over the places of each image; null for other axes. */
function sumLanes(x: WasmArray, axes: readonly number[], shape: Shape): WasmArray | null {
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1)
  if (sameAxes(axes, others)) return sumChannels(x, shape)
  return sameAxes(axes, others.slice(1)) ? sumPlanes(x, shape) : null
}

/** Over the places and images of each channel: the gradient of a bias. */
function sumChannels(x: WasmArray, shape: Shape): WasmArray {
  const out = WasmArray.allocate(x.backend, shape, 'rows')
  const { runtime } = x.backend
  const { C, P, Np } = x.channels
  // The places are cut where whole channels would keep the threads busy unevenly.
  const parts = C % runtime.threads === 0 || C > 8 * runtime.threads ? 1 : runtime.threads
  withDoubles(runtime, C * parts, (partial) => {
    runtime.run('sumChannel', { partial, x: x.address, C, P, Np, parts })
    runtime.run('addParts', { y: out.address, partial, rows: C, parts })
  })
  return out
}

function sumPlanes(x: WasmArray, shape: Shape): WasmArray {
  const out = WasmArray.allocate(x.backend, shape, 'lanes')
  x.backend.runtime.run('sumPlane', { y: out.address, x: x.address, a: 1, ...x.planes })
  return out
}

/** Whether axes are the last ones of a shape. */
const areTrailing = (axes: readonly number[], { length }: Shape): boolean =>
  axes.every((axis, i) => axis === length - axes.length + i)

/** The leading axes, or the trailing ones; null for others. */
function sumRows(x: WasmArray, axes: readonly number[], shape: Shape): WasmArray | null {
  const leading = axes.every((axis, i) => axis === i)
  if (!leading && !areTrailing(axes, x.shape)) return null
  const out = WasmArray.allocate(x.backend, shape, 'rows')
  const split = leading ? axes.length : x.shape.length - axes.length
  const [R, L] = [sizeOf(x.shape.slice(0, split)), sizeOf(x.shape.slice(split))]
  const args = { y: out.address, x: inRows(x).address, R, L }
  if (leading) x.backend.runtime.run('sumColumns', args)
  else x.backend.runtime.run('sumRows', args)
  return out
}

const sameAxes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((axis, i) => axis === b[i])

/** The largest over axes; those that trail have a kernel. */
function max(x: WasmArray, axes: readonly number[], keepDims: boolean): WasmArray {
  if (!areTrailing(axes, x.shape)) {
    return viaReference('max', [x], (reference, [a]) => reference.max(a!, axes, keepDims))
  }
  const out = WasmArray.allocate(x.backend, reducedShape(x.shape, axes, keepDims), 'rows')
  const args = { y: out.address, x: inRows(x).address, R: out.size, L: x.size / out.size }
  x.backend.runtime.run('maxRows', args)
  return out
}

const maxGrad = (dy: WasmArray, x: WasmArray, axes: readonly number[]): WasmArray =>
  viaReference('maxGrad', [dy, x], (reference, [g, a]) => reference.maxGrad(g!, a!, axes))

export const reduceOperations = { sum, max, maxGrad, sumOfSquares }
