import type { AvgPoolSpec, PoolSpec } from '../backend.js'
import { poolOutputShape, type Shape } from '../shape.js'
import { lanesFor } from './kernels/lanes.js'
import * as k from './kernels/pool.js'
import { inLanes } from './strided.js'
import { WasmArray } from './wasmArray.js'

/** The planes of (N, C, H, W), and their lanes. */
function planes(x: Shape, vectorLanes: number): { C: number; Np: number } {
  const { blocks, lanes } = lanesFor(x[0]!, vectorLanes)
  return { C: x[1]! * blocks, Np: lanes }
}

/** Windows of a kernel that slides over (N, C, H, W). */
function sliding(x: Shape, spec: PoolSpec & { countIncludePad?: boolean }, { backend }: WasmArray): k.PoolShape {
  const windows = (d: 0 | 1): k.Windows =>
    k.slidingWindows(x[2 + d]!, {
      kernel: spec.kernel[d],
      stride: spec.stride[d],
      padding: spec.padding[d],
      countIncludePad: spec.countIncludePad ?? true,
    })
  return { ...planes(x, backend.runtime.lanes), rows: windows(0), columns: windows(1) }
}

function adaptive(x: Shape, out: readonly [number, number], { backend }: WasmArray): k.PoolShape {
  const windows = (d: 0 | 1): k.Windows => k.adaptiveWindows(x[2 + d]!, out[d])
  return { ...planes(x, backend.runtime.lanes), rows: windows(0), columns: windows(1) }
}

const lanesArray = (like: WasmArray, shape: Shape): WasmArray => WasmArray.allocate(like.backend, shape, 'lanes')

export function maxPool2d(input: WasmArray, spec: PoolSpec): { y: WasmArray; index: WasmArray } {
  const x = inLanes(input)
  const y = lanesArray(x, poolOutputShape(x.shape, spec))
  const index = lanesArray(x, y.shape)
  k.maxPool(x.backend.runtime, y.address, index.address, x.address, sliding(x.shape, spec, x))
  return { y, index }
}

export function maxPool2dGrad(dy: WasmArray, index: WasmArray, xShape: Shape, spec: PoolSpec): WasmArray {
  const dx = lanesArray(dy, xShape)
  k.maxPoolBackward(dy.backend.runtime, dx.address, inLanes(dy).address, index.address, sliding(xShape, spec, dy))
  return dx
}

export function avgPool2d(input: WasmArray, spec: AvgPoolSpec): WasmArray {
  const x = inLanes(input)
  const y = lanesArray(x, poolOutputShape(x.shape, spec))
  k.averagePool(x.backend.runtime, y.address, x.address, sliding(x.shape, spec, x))
  return y
}

export function avgPool2dGrad(dy: WasmArray, xShape: Shape, spec: AvgPoolSpec): WasmArray {
  const dx = lanesArray(dy, xShape)
  k.averagePoolBackward(dy.backend.runtime, dx.address, inLanes(dy).address, sliding(xShape, spec, dy))
  return dx
}

export function adaptiveAvgPool2d(input: WasmArray, size: readonly [number, number]): WasmArray {
  const x = inLanes(input)
  const y = lanesArray(x, [x.shape[0]!, x.shape[1]!, ...size])
  if (size[0] === 1 && size[1] === 1) k.globalAveragePool(x.backend.runtime, y.address, x.address, x.planes)
  else k.averagePool(x.backend.runtime, y.address, x.address, adaptive(x.shape, size, x))
  return y
}

export function adaptiveAvgPool2dGrad(dOut: WasmArray, xShape: Shape): WasmArray {
  const dy = inLanes(dOut)
  const dx = lanesArray(dy, xShape)
  const size = [dy.shape[2]!, dy.shape[3]!] as const
  if (size[0] === 1 && size[1] === 1) k.globalAveragePoolBackward(dy.backend.runtime, dx.address, dy.address, dx.planes)
  else k.averagePoolBackward(dy.backend.runtime, dx.address, dy.address, adaptive(xShape, size, dy))
  return dx
}
