/** Softmax and cross-entropy of logits (K, Np), along the K classes. */
import type { WasmRuntime } from '../runtime.js'
import type { Batch } from './lanes.js'

/** Logits: K classes for each image. */
export interface Logits extends Batch {
  K: number
}

export function softmax(rt: WasmRuntime, y: number, x: number, { K, N, Np }: Logits): void {
  rt.runBlock('softmax', [y, x, K, N, Np])
}

/** From the output y. dx may be dy. */
export function softmaxBackward(rt: WasmRuntime, dx: number, dy: number, y: number, { K, N, Np }: Logits): void {
  rt.runBlock('softmaxBackward', [dx, dy, y, K, N, Np])
}

export function logSoftmax(rt: WasmRuntime, y: number, x: number, { K, N, Np }: Logits): void {
  rt.runBlock('logSoftmax', [y, x, K, N, Np])
}

/** From the output y. dx may be dy. */
export function logSoftmaxBackward(rt: WasmRuntime, dx: number, dy: number, y: number, { K, N, Np }: Logits): void {
  rt.runBlock('logSoftmaxBackward', [dx, dy, y, K, N, Np])
}

export interface CrossEntropy {
  logits: number
  /** N whole numbers from 0 to K − 1 */
  labels: number
  /** Receives the loss of each image (Np floats). */
  losses: number
  /** Receives the mean loss (a float). */
  mean: number
  /** Receives the gradient of the loss, as the logits. */
  dlogits?: number
  /** Share of the target that is spread evenly over all classes. */
  smoothing?: number
  /** Factor of the gradient. Default: 1 / N, for the mean loss. */
  scale?: number
}

/** Cross-entropy with label smoothing, its mean, and its gradient if wanted. */
export function crossEntropy(rt: WasmRuntime, { K, N, Np }: Logits, args: CrossEntropy): void {
  const { logits, labels, losses, mean, dlogits = 0, smoothing = 0, scale = 1 / N } = args
  rt.runBlock('crossEntropy', [losses, dlogits, logits, labels, K, N, Np], [smoothing, scale])
  rt.run('mean', { y: mean, x: losses, n: N })
}

/** y (Np whole numbers) = the class with the largest logit, the first of equals. */
export function argmaxClass(rt: WasmRuntime, y: number, x: number, { K, Np }: Logits): void {
  rt.runBlock('argmaxClass', [y, x, K, Np])
}
