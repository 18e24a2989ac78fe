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
  rt.run('depthwise', [
    ...[x, w, y, s.outChannels, s.lanes, s.height, s.width, s.outHeight, s.outWidth, s.kernelHeight, s.kernelWidth],
    ...[1, s.outChannels / s.inChannels],
    ...[s.strideHeight, -s.paddingHeight, s.dilationHeight, 1],
    ...[s.strideWidth, -s.paddingWidth, s.dilationWidth, 1, s.blocks],
    ...epilogue,
  ])
}

/** dx = gradient of the input: each input channel gathers from all output channels that read it. */
export function depthwiseInputGrad(rt: WasmRuntime, s: ConvShape, dy: number, w: number, dx: number): void {
  rt.reserveScratch(scratchBytes(s))
  rt.run('depthwise', [
    ...[dy, w, dx, s.inChannels, s.lanes, s.outHeight, s.outWidth, s.height, s.width, s.kernelHeight, s.kernelWidth],
    ...[s.outChannels / s.inChannels, 1],
    ...[1, s.paddingHeight, -s.dilationHeight, s.strideHeight],
    ...[1, s.paddingWidth, -s.dilationWidth, s.strideWidth, s.blocks],
    ...noEpilogue,
  ])
}

/** dw = gradient of the weights. */
export function depthwiseWeightGrad(rt: WasmRuntime, s: ConvShape, x: number, dy: number, dw: number): void {
  if (isCommon(s)) {
    rt.reserveScratch(9 * 16)
    const expand = s.outChannels / s.inChannels
    rt.run('depthwise3WeightGrad', [x, dy, dw, s.outChannels, s.blocks, s.lanes, s.height, s.width, expand])
    return
  }
  rt.reserveScratch(16 * s.kernelWidth)
  rt.run('depthwiseWeightGrad', [
    ...[x, dy, dw, s.outChannels, s.lanes, s.height, s.width, s.outHeight, s.outWidth, s.kernelHeight, s.kernelWidth],
    ...[s.outChannels / s.inChannels],
    ...[s.strideHeight, s.paddingHeight, s.dilationHeight],
    ...[s.strideWidth, s.paddingWidth, s.dilationWidth, s.blocks],
  ])
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
