import { reducedShape, type Shape, sizeOf } from '../shape.js'
import * as k from './kernels/reduce.js'
import { inRows } from './strided.js'
import { WasmArray } from './wasmArray.js'

/** Sum over axes, by the kernel that fits the layout; null where none does. */
export function sum(x: WasmArray, axes: readonly number[], keepDims: boolean): WasmArray | null {
  const shape = reducedShape(x.shape, axes, keepDims)
  if (axes.length === x.shape.length) return scalar(x, shape)
  return x.layout === 'lanes' ? sumLanes(x, axes, shape) : sumRows(x, axes, shape)
}

function scalar(x: WasmArray, shape: Shape): WasmArray {
  const out = WasmArray.allocate(x.backend, shape, 'rows')
  const { runtime } = x.backend
  k.sum(runtime, out.address, x.address, x.floats)
  return out
}

/** (N, C, …): over all but the channels, or over the places of each image. */
function sumLanes(x: WasmArray, axes: readonly number[], shape: Shape): WasmArray | null {
  const { runtime } = x.backend
  const others = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1)
  if (sameAxes(axes, others)) {
    const out = WasmArray.allocate(x.backend, shape, 'rows')
    k.sumChannel(runtime, out.address, x.address, x.channels)
    return out
  }
  if (sameAxes(axes, others.slice(1))) {
    const out = WasmArray.allocate(x.backend, shape, 'lanes')
    k.sumPlane(runtime, out.address, x.address, x.planes)
    return out
  }
  return null
}

/** Whether axes are the last ones of a shape. */
const areTrailing = (axes: readonly number[], { length }: Shape): boolean =>
  axes.every((axis, i) => axis === length - axes.length + i)

/** The largest over trailing axes; null for others. */
export function max(x: WasmArray, axes: readonly number[], keepDims: boolean): WasmArray | null {
  if (!areTrailing(axes, x.shape)) return null
  const out = WasmArray.allocate(x.backend, reducedShape(x.shape, axes, keepDims), 'rows')
  k.maxRows(x.backend.runtime, out.address, inRows(x).address, out.size, x.size / out.size)
  return out
}

/** The leading axes, or the trailing ones. */
function sumRows(x: WasmArray, axes: readonly number[], shape: Shape): WasmArray | null {
  const count = axes.length
  const rank = x.shape.length
  const leading = axes.every((axis, i) => axis === i)
  if (!leading && !areTrailing(axes, x.shape)) return null
  const out = WasmArray.allocate(x.backend, shape, 'rows')
  const split = leading ? count : rank - count
  const [R, L] = [sizeOf(x.shape.slice(0, split)), sizeOf(x.shape.slice(split))]
  const kernel = leading ? k.sumColumns : k.sumRows
  kernel(x.backend.runtime, out.address, inRows(x).address, R, L)
  return out
}

const sameAxes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((axis, i) => axis === b[i])
