import type { ResizedAxis } from '../../backend.js'
import { hostStep } from '../../recording.js'
import type { Shape } from '../../shape.js'
import { WasmArray } from '../wasmArray.js'
import { inLanes } from './shape.js'

/** The table that `assembly/resize.ts` describes, in the kernels' memory. */
function table(like: WasmArray, { first, second, share }: ResizedAxis): WasmArray {
  const { backend } = like
  const { f32, i32 } = backend.runtime
  const words = WasmArray.allocate(backend, [3 * share.length], 'rows')
  hostStep(() => {
    for (let i = 0, at = words.address / 4; i < share.length; i++, at += 3) {
      i32[at] = first[i]!
      i32[at + 1] = second[i]!
      f32[at + 2] = share[i]!
    }
  })
  return words
}

function resize2d(input: WasmArray, rows: ResizedAxis, columns: ResizedAxis): WasmArray {
  const x = inLanes(input)
  const [N, C, H, W] = x.shape as [number, number, number, number]
  const [outHeight, outWidth] = [rows.share.length, columns.share.length]
  const y = WasmArray.allocate(x.backend, [N, C, outHeight, outWidth], 'lanes')
  x.backend.runtime.run('resizePlanes', {
    y: y.address,
    x: x.address,
    rows: table(x, rows).address,
    columns: table(x, columns).address,
    C: x.planes.C,
    H,
    W,
    outHeight,
    outWidth,
    Np: x.planes.Np,
  })
  return y
}

function resize2dGrad(dOut: WasmArray, rows: ResizedAxis, columns: ResizedAxis, xShape: Shape): WasmArray {
  const dy = inLanes(dOut)
  const dx = WasmArray.allocate(dy.backend, xShape, 'lanes')
  dy.backend.runtime.run('resizePlanesBackward', {
    dx: dx.address,
    dy: dy.address,
    rows: table(dy, rows).address,
    columns: table(dy, columns).address,
    C: dx.planes.C,
    H: xShape[2]!,
    W: xShape[3]!,
    outHeight: rows.share.length,
    outWidth: columns.share.length,
    Np: dx.planes.Np,
  })
  return dx
}

export const resizeOperations = { resize2d, resize2dGrad }
