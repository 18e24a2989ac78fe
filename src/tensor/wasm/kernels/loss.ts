/** Softmax and cross-entropy of logits (K, Np), along the K classes. */
import type { WasmRuntime } from '../runtime.js'
import type { Batch } from './lanes.js'

/** Logits: K classes for each image. */
export interface Logits extends Batch {
  K: number
}

export function softmax(rt: WasmRuntime, y: number, x: number, { K, N, Np }: Logits): void {
  rt.run('softmax', { y, x, K, N, Np })
}

/** From the output y. dx may be dy. */
export function softmaxBackward(rt: WasmRuntime, dx: number, dy: number, y: number, { K, Np }: Logits): void {
  rt.run('softmaxBackward', { dx, dy, y, K, Np })
}

export function logSoftmax(rt: WasmRuntime, y: number, x: number, { K, N, Np }: Logits): void {
  rt.run('logSoftmax', { y, x, K, N, Np })
}

/** From the output y. dx may be dy. */
export function logSoftmaxBackward(rt: WasmRuntime, dx: number, dy: number, y: number, { K, N, Np }: Logits): void {
  rt.run('logSoftmaxBackward', { dx, dy, y, K, N, Np })
}

export interface CrossEntropy {
  logits: number
  /** N whole numbers from 0 to K − 1 */
  labels: number
  /** Receives the loss of each image (Np floats). */
  losses: number
  /** Receives the mean loss (a float), whose gradient is computed. */
  mean: number
  /** Receives the gradient of the loss, as the logits. */
  dLogits: number
  /** Share of the target that is spread evenly over all classes. */
  smoothing: number
}

/** Cross-entropy with label smoothing, its mean, and its gradient if wanted. */
export function crossEntropy(rt: WasmRuntime, { K, N, Np }: Logits, args: CrossEntropy): void {
  rt.run('crossEntropy', { ...args, K, N, Np, scale: 1 / N })
  rt.run('mean', { y: args.mean, x: args.losses, n: N })
}
