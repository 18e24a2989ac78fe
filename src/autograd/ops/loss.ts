import { GhostgradError, ShapeError, showShape } from '../../tensor/errors.js'
import { hostStep } from '../../tensor/recording.js'
import { normalizeAxis, sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { sub } from './arithmetic.js'
import { square } from './elementwise.js'
import { mean } from './reduce.js'

const softmaxOp = defineOp({
  name: 'softmax',
  rule: 'dx = y · (dy − Σ dy · y)',
  forward: ([x], { axis }: { axis: number }, { backend }) => {
    const y = backend.softmax(x!, axis)
    return { out: y, saved: y }
  },
  backward: (dy, y, { backend, options: { axis } }) => [backend.softmaxGrad(dy, y, axis)],
})

const logSoftmaxOp = defineOp({
  name: 'logSoftmax',
  rule: 'dx = dy − exp(y) · Σ dy',
  forward: ([x], { axis }: { axis: number }, { backend }) => {
    const y = backend.logSoftmax(x!, axis)
    return { out: y, saved: y }
  },
  backward: (dy, y, { backend, options: { axis } }) => [backend.logSoftmaxGrad(dy, y, axis)],
})

const crossEntropyOp = defineOp({
  name: 'crossEntropy',
  rule: 'dlogits = dy · (softmax(logits) − q) / N, q = (1 − ε) · onehot + ε / K',
  forward: ([logits], { labels, smoothing }: { labels: Int32Array; smoothing: number }, { backend }) => {
    const { loss, dLogits } = backend.crossEntropy(logits!, labels, smoothing)
    return { out: loss, saved: dLogits }
  },
  backward: (dy, dLogits, { backend }) => [backend.binary('mul', dLogits, backend.broadcastTo(dy, dLogits.shape))],
})

/** exp(x) / Σ exp(x) along `axis`. */
export const softmax = (x: Tensor, axis = -1): Tensor =>
  softmaxOp([x], { axis: normalizeAxis('softmax', axis, x.rank) })

/** log softmax(x) along `axis`, without overflow. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  logSoftmaxOp([x], { axis: normalizeAxis('logSoftmax', axis, x.rank) })

/**
 * Mean cross-entropy between softmax(logits) and the labels, as torch.nn.functional.cross_entropy.
 * @param logits (N, K)
 * @param labels N whole numbers from 0 to K − 1
 * @param options.labelSmoothing share of the target spread evenly over all K classes, 0 … 1 (Szegedy et al. 2016)
 */
export function crossEntropy(
  logits: Tensor,
  labels: ArrayLike<number>,
  options: { labelSmoothing?: number } = {},
): Tensor {
  const smoothing = options.labelSmoothing ?? 0
  const [N, K] = logits.shape as [number, number]
  if (logits.rank !== 2 || labels.length !== N) {
    throw new ShapeError(
      `crossEntropy: expected logits (N, K) and N labels, got ${showShape(logits.shape)} and ${labels.length} labels`,
    )
  }
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw new GhostgradError(`crossEntropy: expected labelSmoothing from 0 to 1, got ${smoothing}`)
  }
  const own = new Int32Array(N)
  hostStep(() => {
    own.set(labels)
    requireClasses(labels, own, K)
  })
  return crossEntropyOp([logits], { labels: own, smoothing })
}

function requireClasses(labels: ArrayLike<number>, asIntegers: Int32Array, K: number): void {
  const wrong = asIntegers.findIndex((label, n) => label !== labels[n] || label < 0 || label >= K)
  if (wrong === -1) return
  throw new GhostgradError(
    `crossEntropy: expected whole labels from 0 to ${K - 1}, got ${labels[wrong]} (image ${wrong})`,
  )
}

/** Mean of (a − b)². */
export function mseLoss(a: Tensor, b: Tensor): Tensor {
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(`mseLoss: expected equal shapes, got ${showShape(a.shape)} and ${showShape(b.shape)}`)
  }
  return mean(square(sub(a, b)))
}
