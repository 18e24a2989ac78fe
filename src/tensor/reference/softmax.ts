import { sizeOf } from '../shape.js'
import { type HostArray, zerosLike } from './hostArray.js'

/** Call `visit(start, step, length)` for every line of `x` along `axis`. */
function forEachLine(x: HostArray, axis: number, visit: (start: number, step: number, length: number) => void): void {
  const length = x.shape[axis]!
  const step = sizeOf(x.shape.slice(axis + 1))
  const outer = sizeOf(x.shape.slice(0, axis))
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < step; i++) visit(o * length * step + i, step, length)
  }
}

/** y = x − log Σ exp x, with the largest x taken out first so that no exponential overflows. */
function logSoftmax(x: HostArray, axis: number): HostArray {
  const y = zerosLike(x, x.shape)
  forEachLine(x, axis, (start, step, length) => {
    let largest = -Infinity
    for (let k = 0; k < length; k++) largest = Math.max(largest, x.values[start + k * step]!)
    let sum = 0
    for (let k = 0; k < length; k++) sum += Math.exp(x.values[start + k * step]! - largest)
    const logSum = largest + Math.log(sum)
    for (let k = 0; k < length; k++) y.values[start + k * step] = x.values[start + k * step]! - logSum
  })
  return y
}

function softmax(x: HostArray, axis: number): HostArray {
  const y = logSoftmax(x, axis)
  for (let i = 0; i < y.size; i++) y.values[i] = Math.exp(y.values[i]!)
  return y
}

/** dx = y · (dy − Σ dy · y) */
function softmaxGrad(dy: HostArray, y: HostArray, axis: number): HostArray {
  const dx = zerosLike(y, y.shape)
  forEachLine(y, axis, (start, step, length) => {
    let sum = 0
    for (let i = start, k = 0; k < length; k++, i += step) sum += dy.values[i]! * y.values[i]!
    for (let i = start, k = 0; k < length; k++, i += step) dx.values[i] = y.values[i]! * (dy.values[i]! - sum)
  })
  return dx
}

/** dx = dy − exp(y) · Σ dy */
function logSoftmaxGrad(dy: HostArray, y: HostArray, axis: number): HostArray {
  const dx = zerosLike(y, y.shape)
  forEachLine(y, axis, (start, step, length) => {
    let sum = 0
    for (let i = start, k = 0; k < length; k++, i += step) sum += dy.values[i]!
    for (let i = start, k = 0; k < length; k++, i += step) dx.values[i] = dy.values[i]! - Math.exp(y.values[i]!) * sum
  })
  return dx
}

/**
 * loss = mean over images of −Σₖ qₖ log pₖ with p = softmax(logits) and q = (1 − smoothing) · onehot(label) + smoothing / K;
 * dlogits = (p − q) / N.
 */
function crossEntropy(
  logits: HostArray,
  labels: Int32Array,
  smoothing: number,
): { loss: HostArray; dLogits: HostArray } {
  const [N, K] = logits.shape as [number, number]
  const logP = logSoftmax(logits, 1)
  const dLogits = zerosLike(logits, logits.shape)
  let total = 0
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const i = n * K + k
      const q = (k === labels[n] ? 1 - smoothing : 0) + smoothing / K
      total -= q * logP.values[i]!
      dLogits.values[i] = (Math.exp(logP.values[i]!) - q) / N
    }
  }
  const loss = zerosLike(logits, [])
  loss.values[0] = total / N
  return { loss, dLogits }
}

export const softmaxOperations = { softmax, softmaxGrad, logSoftmax, logSoftmaxGrad, crossEntropy }
