/**
 * Convolutions on the WebAssembly backend. Activations are (C, blocks, H, W, lanes) with the batch outermost and innermost (see
 * `lanesFor`), padded with zeros; weights are (K, C / groups, R, S). All arrays are given by their address in the shared memory.
 */
import type { WasmRuntime } from '../runtime.js'
import { depthwiseForward, depthwiseInputGrad, depthwiseWeightGrad } from './depthwise.js'
import { directForward, directInputGrad, directWeightGrad } from './direct.js'
import { type Epilogue, epilogueArguments } from './epilogue.js'
import { type ConvAlgorithm, type ConvShape, chooseAlgorithm } from './shape.js'
import { type Winograd, winogradForward, winogradInputGrad, winogradWeightGrad } from './winograd.js'

export type { Epilogue } from './epilogue.js'
export { type ConvAlgorithm, type ConvPass, type ConvShape, chooseAlgorithm, isApplicable } from './shape.js'

/**
 * y = x ∗ w, with an epilogue in the same pass.
 * @param algorithm for tests and measurements; otherwise the fastest
 */
export function convForward(
  rt: WasmRuntime,
  s: ConvShape,
  x: number,
  w: number,
  y: number,
  epilogue: Epilogue = {},
  algorithm: ConvAlgorithm = chooseAlgorithm(s, 'forward'),
): void {
  const list = epilogueArguments(s, epilogue, rt.lanes)
  if (isWinograd(algorithm)) winogradForward(rt, s, algorithm, x, w, y, list)
  else if (algorithm === 'depthwise') depthwiseForward(rt, s, x, w, y, list)
  else directForward(rt, algorithm === 'pointwise' ? flattened(s) : s, x, w, y, list)
}

/** dx = gradient of the input, given dy, that of the output. */
export function convInputGrad(
  rt: WasmRuntime,
  s: ConvShape,
  dy: number,
  w: number,
  dx: number,
  algorithm: ConvAlgorithm = chooseAlgorithm(s, 'inputGrad'),
): void {
  if (isWinograd(algorithm)) winogradInputGrad(rt, s, algorithm, dy, w, dx)
  else if (algorithm === 'depthwise') depthwiseInputGrad(rt, s, dy, w, dx)
  else directInputGrad(rt, algorithm === 'pointwise' ? flattened(s) : s, dy, w, dx)
}

/** dw = gradient of the weights, given dy, the gradient of the output. The same on every run with the same number of threads. */
export function convWeightGrad(
  rt: WasmRuntime,
  s: ConvShape,
  x: number,
  dy: number,
  dw: number,
  algorithm: ConvAlgorithm = chooseAlgorithm(s, 'weightGrad'),
): void {
  if (isWinograd(algorithm)) winogradWeightGrad(rt, s, algorithm, x, dy, dw)
  else if (algorithm === 'depthwise') depthwiseWeightGrad(rt, s, x, dy, dw)
  else directWeightGrad(rt, algorithm === 'pointwise' ? flattened(s) : s, x, dy, dw)
}

const isWinograd = (algorithm: ConvAlgorithm): algorithm is Winograd =>
  algorithm === 'winograd4' || algorithm === 'winograd2'

/** A 1×1 convolution sees no neighbours: all pixels of all images are one long row. */
function flattened(s: ConvShape): ConvShape {
  const lanes = s.blocks * s.height * s.width * s.lanes
  return { ...s, batch: lanes, blocks: 1, lanes, height: 1, width: 1, outHeight: 1, outWidth: 1 }
}
