import { allLanes } from './kernels/lanes.js'
import * as k from './kernels/loss.js'
import { inLanes } from './strided.js'
import { WasmArray } from './wasmArray.js'

/** The kernels work along the classes of logits (N, K). */
export const isLogits = (x: WasmArray, axis: number): boolean => x.shape.length === 2 && axis === 1

const logits = (x: WasmArray): k.Logits => ({
  K: x.shape[1]!,
  N: x.shape[0]!,
  Np: allLanes(x.shape[0]!, x.backend.runtime.lanes),
})

function forward(kernel: typeof k.softmax, input: WasmArray): WasmArray {
  const x = inLanes(input)
  const y = WasmArray.allocate(x.backend, x.shape, 'lanes')
  kernel(x.backend.runtime, y.address, x.address, logits(x))
  return y
}

function gradient(kernel: typeof k.softmaxBackward, dy: WasmArray, y: WasmArray): WasmArray {
  const dx = WasmArray.allocate(y.backend, y.shape, 'lanes')
  kernel(y.backend.runtime, dx.address, inLanes(dy).address, inLanes(y).address, logits(y))
  return dx
}

export const softmax = (x: WasmArray): WasmArray => forward(k.softmax, x)
export const softmaxGrad = (dy: WasmArray, y: WasmArray): WasmArray => gradient(k.softmaxBackward, dy, y)
export const logSoftmax = (x: WasmArray): WasmArray => forward(k.logSoftmax, x)
export const logSoftmaxGrad = (dy: WasmArray, y: WasmArray): WasmArray => gradient(k.logSoftmaxBackward, dy, y)

export function crossEntropy(
  input: WasmArray,
  labels: Int32Array,
  smoothing: number,
): { loss: WasmArray; dLogits: WasmArray } {
  const x = inLanes(input)
  const { backend } = x
  const { runtime } = backend
  const shape = logits(x)
  const loss = WasmArray.allocate(backend, [], 'rows')
  const dLogits = WasmArray.allocate(backend, x.shape, 'lanes')
  const losses = WasmArray.allocate(backend, [shape.Np], 'rows')
  const classes = WasmArray.allocate(backend, [shape.Np], 'rows')
  runtime.put(runtime.i32, classes.address, labels)
  k.crossEntropy(runtime, shape, {
    logits: x.address,
    labels: classes.address,
    losses: losses.address,
    mean: loss.address,
    dLogits: dLogits.address,
    smoothing,
  })
  return { loss, dLogits }
}
