import type { BatchNormConstants, BatchNormEpilogue, ConvSpec } from '../../backend.js'
import { convOutputShape, type Shape, sizeOf } from '../../shape.js'
import { type ConvShape, convForward, convInputGrad, convWeightGrad } from '../conv/index.js'
import { lanesFor } from '../lanes.js'
import { WasmArray } from '../wasmArray.js'
import { matmulLanes } from './matmulLanes.js'
import { inLanes, inRows, shapeOperations } from './shape.js'

/** Address of an optional array; 0: none. */
const addressOf = (x: WasmArray | null): number => (x ? inRows(x).address : 0)

function convShape(x: Shape, weight: Shape, spec: ConvSpec, { backend }: WasmArray): ConvShape {
  const [batch, inChannels, height, width] = x as [number, number, number, number]
  const [outChannels, , kernelHeight, kernelWidth] = weight as [number, number, number, number]
  const [, , outHeight, outWidth] = convOutputShape(x, weight, spec) as [number, number, number, number]
  return {
    batch,
    ...lanesFor(batch, backend.runtime.lanes),
    inChannels,
    outChannels,
    height,
    width,
    outHeight,
    outWidth,
    kernelHeight,
    kernelWidth,
    strideHeight: spec.stride[0],
    strideWidth: spec.stride[1],
    paddingHeight: spec.padding[0],
    paddingWidth: spec.padding[1],
    dilationHeight: spec.dilation[0],
    dilationWidth: spec.dilation[1],
    groups: spec.groups,
  }
}

function conv2d(x: WasmArray, weight: WasmArray, bias: WasmArray | null, spec: ConvSpec): WasmArray {
  const y = WasmArray.allocate(x.backend, convOutputShape(x.shape, weight.shape, spec), 'lanes')
  const shape = convShape(x.shape, weight.shape, spec, x)
  const shift = addressOf(bias)
  convForward(x.backend.runtime, shape, inLanes(x).address, inRows(weight).address, y.address, { shift })
  return y
}

function conv2dBatchNorm(
  x: WasmArray,
  weight: WasmArray,
  bias: WasmArray | null,
  spec: ConvSpec,
  norm: BatchNormConstants<WasmArray>,
  { residual, relu, into }: BatchNormEpilogue<WasmArray>,
): WasmArray {
  const { runtime } = x.backend
  const y = into ?? WasmArray.allocate(x.backend, convOutputShape(x.shape, weight.shape, spec), 'lanes')
  const K = weight.shape[0]!
  const scale = runtime.heap.allocate(8 * K)
  const shift = scale + 4 * K
  runtime.run('convFold', {
    scale,
    shift,
    weight: addressOf(norm.weight),
    bias: addressOf(norm.bias),
    mean: addressOf(norm.mean),
    variance: addressOf(norm.variance),
    convBias: addressOf(bias),
    K,
    eps: norm.eps,
  })
  const shape = convShape(x.shape, weight.shape, spec, x)
  const epilogue = { scale, shift, residual: residual ? inLanes(residual).address : 0, relu }
  convForward(runtime, shape, inLanes(x).address, inRows(weight).address, y.address, epilogue)
  runtime.heap.free(scale, 8 * K)
  return y
}

function conv2dInputGrad(dy: WasmArray, weight: WasmArray, spec: ConvSpec, xShape: Shape): WasmArray {
  const dx = WasmArray.allocate(dy.backend, xShape, 'lanes')
  const shape = convShape(xShape, weight.shape, spec, dy)
  convInputGrad(dy.backend.runtime, shape, inLanes(dy).address, inRows(weight).address, dx.address)
  return dx
}

function conv2dWeightGrad(x: WasmArray, dy: WasmArray, spec: ConvSpec, weightShape: Shape): WasmArray {
  const dw = WasmArray.allocate(dy.backend, weightShape, 'rows')
  const shape = convShape(x.shape, weightShape, spec, x)
  convWeightGrad(dy.backend.runtime, shape, inLanes(x).address, inLanes(dy).address, dw.address)
  return dw
}

const pointwise: ConvSpec = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }
const asPlane = (x: WasmArray): WasmArray => x.view([...x.shape, 1, 1])

/** Products of many matrices, row-major. */
function matmulRows(a: WasmArray, b: WasmArray, transposeA: boolean, transposeB: boolean): WasmArray {
  const { runtime } = a.backend
  const [p, q] = [transposeA ? transposed(a) : inRows(a), transposeB ? transposed(b) : inRows(b)]
  const [M, K, N] = [p.shape.at(-2)!, p.shape.at(-1)!, q.shape.at(-1)!]
  const y = WasmArray.allocate(a.backend, [...p.shape.slice(0, -1), N], 'rows')
  const batches = sizeOf(p.shape.slice(0, -2))
  runtime.run('matmulRows', { y: y.address, a: p.address, b: q.address, batches, M, K, N })
  return y
}

/** A copy with its last two axes swapped. */
function transposed(x: WasmArray): WasmArray {
  const axes = x.shape.map((_, axis) => axis)
  return shapeOperations.permute(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!])
}

/**
 * The three products of a linear layer are the three passes of a 1×1 convolution over planes of one place:
 *   x (N, in) · wᵀ (out, in) → (N, out),   dy (N, out) · w → (N, in),   dyᵀ · x → (out, in).
 * A and B are taken in lanes where they are batches. With more axes each image has a product of its own.
 */
function matmul(a: WasmArray, b: WasmArray, transposeA: boolean, transposeB: boolean): WasmArray {
  const isEmpty = a.shape.includes(0) || b.shape.includes(0)
  // Fewer images than a vector has lanes would multiply padding.
  const fillsLanes = a.shape[0]! >= a.backend.runtime.lanes
  if (a.shape.length > 2 && fillsLanes && !isEmpty) return matmulLanes(a, b, transposeA, transposeB)
  if (a.shape.length > 2 || (transposeA && transposeB) || isEmpty) return matmulRows(a, b, transposeA, transposeB)
  if (transposeB) {
    const y = conv2d(asPlane(inLanes(a)), asPlane(inRows(b)), null, pointwise)
    return y.view([a.shape[0]!, b.shape[0]!])
  }
  if (!transposeA) {
    const weight = asPlane(inRows(b))
    const dx = conv2dInputGrad(asPlane(inLanes(a)), weight, pointwise, [a.shape[0]!, b.shape[1]!, 1, 1])
    return dx.view([a.shape[0]!, b.shape[1]!])
  }
  const dw = conv2dWeightGrad(asPlane(inLanes(b)), asPlane(inLanes(a)), pointwise, [a.shape[1]!, b.shape[1]!, 1, 1])
  return dw.view([a.shape[1]!, b.shape[1]!])
}

export const convOperations = { matmul, conv2d, conv2dInputGrad, conv2dWeightGrad, conv2dBatchNorm }
