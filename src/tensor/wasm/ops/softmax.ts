/** Softmax and cross-entropy; the kernels work along the classes of logits (N, K), in lanes (K, Np). */
import { allLanes } from '../lanes.js'
import { WasmArray } from '../wasmArray.js'
import { inLanes } from './shape.js'
import { viaReference } from './viaReference.js'

const isLogits = (x: WasmArray, axis: number): boolean => x.shape.length === 2 && axis === 1

const sizes = (x: WasmArray): { K: number; N: number; Np: number } => ({
  K: x.shape[1]!,
  N: x.shape[0]!,
  Np: allLanes(x.shape[0]!, x.backend.runtime.lanes),
})

const forward =
  (name: 'softmax' | 'logSoftmax') =>
  (input: WasmArray, axis: number): WasmArray => {
    if (!isLogits(input, axis)) return viaReference(name, [input], (reference, [x]) => reference[name](x!, axis))
    const x = inLanes(input)
    const y = WasmArray.allocate(x.backend, x.shape, 'lanes')
    x.backend.runtime.run(name, { y: y.address, x: x.address, ...sizes(x) })
    return y
  }

const gradient =
  (name: 'softmax' | 'logSoftmax') =>
  (dy: WasmArray, y: WasmArray, axis: number): WasmArray => {
    const operation = `${name}Grad` as const
    if (!isLogits(y, axis))
      return viaReference(operation, [dy, y], (reference, [g, a]) => reference[operation](g!, a!, axis))
    const dx = WasmArray.allocate(y.backend, y.shape, 'lanes')
    const args = { dx: dx.address, dy: inLanes(dy).address, y: inLanes(y).address, ...sizes(y) }
    y.backend.runtime.run(`${name}Backward` as const, args)
    return dx
  }

function crossEntropy(
  input: WasmArray,
  labels: Int32Array,
  smoothing: number,
): { loss: WasmArray; dLogits: WasmArray } {
  const x = inLanes(input)
  const { backend } = x
  const { runtime } = backend
  const { K, N, Np } = sizes(x)
  const loss = WasmArray.allocate(backend, [], 'rows')
  const dLogits = WasmArray.allocate(backend, x.shape, 'lanes')
  const losses = WasmArray.allocate(backend, [Np], 'rows')
  const classes = WasmArray.allocate(backend, [Np], 'rows')
  runtime.put(runtime.i32, classes.address, labels)
  runtime.run('crossEntropy', {
    losses: losses.address,
    dLogits: dLogits.address,
    logits: x.address,
    labels: classes.address,
    K,
    N,
    Np,
    smoothing,
    scale: 1 / N,
  })
  runtime.run('mean', { y: loss.address, x: losses.address, n: N })
  return { loss, dLogits }
}

export const softmaxOperations = {
  softmax: forward('softmax'),
  softmaxGrad: gradient('softmax'),
  logSoftmax: forward('logSoftmax'),
  logSoftmaxGrad: gradient('logSoftmax'),
  crossEntropy,
}
