import type { WasmRuntime } from '../runtime.js'
import { type EpilogueArguments, noEpilogue } from './epilogue.js'
import type { ConvShape } from './shape.js'

/** y = x ∗ w, with the epilogue, for as many groups as input channels. */
export function depthwiseForward(
  rt: WasmRuntime,
  s: ConvShape,
  x: number,
  w: number,
  y: number,
  epilogue: EpilogueArguments,
): void {
  rt.reserveScratch(scratchBytes(s))
  rt.run('depthwise', {
    source: x,
    w,
    target: y,
    channels: s.outChannels,
    lanes: s.lanes,
    sourceHeight: s.height,
    sourceWidth: s.width,
    height: s.outHeight,
    width: s.outWidth,
    kernelHeight: s.kernelHeight,
    kernelWidth: s.kernelWidth,
    fold: 1,
    expand: s.outChannels / s.inChannels,
    rowFactor: s.strideHeight,
    rowOffset: -s.paddingHeight,
    rowStep: s.dilationHeight,
    rowDivisor: 1,
    columnFactor: s.strideWidth,
    columnOffset: -s.paddingWidth,
    columnStep: s.dilationWidth,
    columnDivisor: 1,
    blocks: s.blocks,
    ...epilogue,
  })
}

/** dx = gradient of the input: each input channel gathers from all output channels that read it. */
export function depthwiseInputGrad(rt: WasmRuntime, s: ConvShape, dy: number, w: number, dx: number): void {
  rt.reserveScratch(scratchBytes(s))
  rt.run('depthwise', {
    source: dy,
    w,
    target: dx,
    channels: s.inChannels,
    lanes: s.lanes,
    sourceHeight: s.outHeight,
    sourceWidth: s.outWidth,
    height: s.height,
    width: s.width,
    kernelHeight: s.kernelHeight,
    kernelWidth: s.kernelWidth,
    fold: s.outChannels / s.inChannels,
    expand: 1,
    rowFactor: 1,
    rowOffset: s.paddingHeight,
    rowStep: -s.dilationHeight,
    rowDivisor: s.strideHeight,
    columnFactor: 1,
    columnOffset: s.paddingWidth,
    columnStep: -s.dilationWidth,
    columnDivisor: s.strideWidth,
    blocks: s.blocks,
    ...noEpilogue,
  })
}

/** dw = gradient of the weights. */
export function depthwiseWeightGrad(rt: WasmRuntime, s: ConvShape, x: number, dy: number, dw: number): void {
  const common = {
    x,
    dy,
    dw,
    K: s.outChannels,
    lanes: s.lanes,
    height: s.height,
    width: s.width,
    expand: s.outChannels / s.inChannels,
    blocks: s.blocks,
  }
  if (isCommon(s)) {
    rt.reserveScratch(4 * 9 * rt.lanes)
    rt.run('depthwise3WeightGrad', common)
    return
  }
  rt.reserveScratch(4 * s.kernelWidth * rt.lanes)
  rt.run('depthwiseWeightGrad', {
    ...common,
    outHeight: s.outHeight,
    outWidth: s.outWidth,
    kernelHeight: s.kernelHeight,
    kernelWidth: s.kernelWidth,
    rowStride: s.strideHeight,
    rowPadding: s.paddingHeight,
    rowDilation: s.dilationHeight,
    stride: s.strideWidth,
    padding: s.paddingWidth,
    dilation: s.dilationWidth,
  })
}

/** 3×3 with stride 1 and padding 1. */
const isCommon = (s: ConvShape): boolean =>
  s.kernelHeight === 3 &&
  s.kernelWidth === 3 &&
  [s.strideHeight, s.strideWidth, s.paddingHeight, s.paddingWidth, s.dilationHeight, s.dilationWidth].every(
    (n) => n === 1,
  ) &&
  s.width >= 2

/** Two lists of source positions and the table of terms. */
const scratchBytes = (s: ConvShape): number =>
  4 * (s.kernelHeight + s.kernelWidth) + 8 * s.kernelHeight * s.kernelWidth * (s.outChannels / s.inChannels)
