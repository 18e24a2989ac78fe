/**
 * Softmax and cross-entropy. An array in lanes is (slabs, K, floats) for softmax along any axis but the batch, of whose floats the kernels
 * take a vector at a time.
 */

import { sizeOf } from '../../shape.js'
import { allLanes, lanesFor } from '../lanes.js'
import { WasmArray } from '../wasmArray.js'
import { clear } from './elementwise.js'
import { inLanes } from './shape.js'
import { viaReference } from './viaReference.js'

/** x as the kernels see it, and whether padded lanes lie between the floats, where the kernels do not find them. */
function slabsOf(x: WasmArray, axis: number) {
  const { shape, planes } = x
  const { blocks } = lanesFor(shape[0]!, x.backend.runtime.lanes)
  const Np = planes.Np * sizeOf(shape.slice(axis + 1)) * (axis === 1 ? blocks : 1)
  const slabs = axis === 1 ? 1 : blocks * sizeOf(shape.slice(1, axis))
  const hasRows = Np !== planes.Np
  return { sizes: { slabs, K: shape[axis]!, N: hasRows ? Np : planes.N, Np }, isMixed: hasRows && planes.N < planes.Np }
}

const forward =
  (name: 'softmax' | 'logSoftmax') =>
  (input: WasmArray, axis: number): WasmArray => {
    if (axis === 0) return viaReference(name, [input], (reference, [x]) => reference[name](x!, axis))
    const x = inLanes(input)
    const y = WasmArray.allocate(x.backend, x.shape, 'lanes')
    const { sizes, isMixed } = slabsOf(x, axis)
    x.backend.runtime.run(name, { y: y.address, x: x.address, ...sizes })
    return isMixed ? clear(y) : y
  }

const gradient =
  (name: 'softmax' | 'logSoftmax') =>
  (dy: WasmArray, y: WasmArray, axis: number): WasmArray => {
    const operation = `${name}Grad` as const
    if (axis === 0) return viaReference(operation, [dy, y], (reference, [g, a]) => reference[operation](g!, a!, axis))
    const dx = WasmArray.allocate(y.backend, y.shape, 'lanes')
    const args = { dx: dx.address, dy: inLanes(dy).address, y: inLanes(y).address, ...slabsOf(dx, axis).sizes }
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
  const [N, K] = x.shape as [number, number]
  const Np = allLanes(N, runtime.lanes)
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
