import { GhostgradError, ShapeError, showShape } from '../../tensor/errors.js'
import { normalizeAxis, sameShape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { sub } from './arithmetic.js'
import { square } from './elementwise.js'
import { mean, sum } from './reduce.js'
import type { LossReduction } from './weightedLoss.js'

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

/** exp(x) / Σ exp(x) along `axis`. */
export const softmax = (x: Tensor, axis = -1): Tensor =>
  softmaxOp([x], { axis: normalizeAxis('softmax', axis, x.rank) })

/** log softmax(x) along `axis`, without overflow. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  logSoftmaxOp([x], { axis: normalizeAxis('logSoftmax', axis, x.rank) })

<<<<<<< HEAD
/** Of `mseLoss`. */
export interface MSELossOptions {
  /** Default: mean. */
  reduction?: LossReduction | undefined
}

/** (a − b)², as torch.nn.functional.mse_loss; equal shapes. */
export function mseLoss(a: Tensor, b: Tensor, { reduction = 'mean' }: MSELossOptions = {}): Tensor {
=======
/** How `crossEntropy` weighs targets and classes. */
export interface CrossEntropyOptions {
  /** Share of the target spread evenly over all K classes, 0 … 1 (Szegedy et al. 2016); default 0. */
  labelSmoothing?: number | undefined
  /** What each of the K classes counts; default: 1 each. */
  weight?: ArrayLike<number> | undefined
}

/**
 * Mean cross-entropy between softmax(logits) and the target, as torch.nn.functional.cross_entropy. With weights the mean over labels is
 * a weighted one, Σ weight[label] · loss / Σ weight[label]; over probabilities it is Σ loss / N, with weight[k] on each term of the
 * loss, as there.
 * @param logits (N, K)
 * @param target N whole numbers from 0 to K − 1, or a tensor (N, K) of probabilities
 */
export function crossEntropy(
  logits: Tensor,
  target: ArrayLike<number> | Tensor,
  { labelSmoothing = 0, weight }: CrossEntropyOptions = {},
): Tensor {
  checkCrossEntropy(logits, target, labelSmoothing, weight)
  const [N, K] = logits.shape as [number, number]
  if (target instanceof Tensor) {
    const smooth = labelSmoothing > 0 ? add(mul(target, 1 - labelSmoothing), labelSmoothing / K) : target
    const weighted = weight
      ? mul(smooth, new Tensor(logits.array.backend.fromValues(repeat(weight, N), [N, K])))
      : smooth
    return mul(sum(mul(weighted, logSoftmax(logits))), -1 / N)
  }
  const labels = new Int32Array(N)
  const shares = new Float32Array(weight ? N * K : 0)
  hostStep(() => {
    labels.set(target)
    requireClasses(target, labels, K)
    if (weight) writeWeightedTargets(shares, labels, weight, labelSmoothing)
  })
  if (!weight) return crossEntropyOp([logits], { labels, smoothing: labelSmoothing })
  return mul(sum(mul(new Tensor(logits.array.backend.fromValues(shares, [N, K])), logSoftmax(logits))), -1)
}

/** As rows of a matrix, for which there is a kernel; broadcasting has none. */
const repeat = (values: ArrayLike<number>, count: number): Float32Array =>
  Float32Array.from({ length: count * values.length }, (_, i) => values[i % values.length]!)

function checkCrossEntropy(
  { rank, shape }: Tensor,
  target: ArrayLike<number> | Tensor,
  smoothing: number,
  weight: ArrayLike<number> | undefined,
): void {
  const [N, K] = shape
  if (target instanceof Tensor) {
    if (rank !== 2 || !sameShape(target.shape, shape)) {
      throw new ShapeError(
        `crossEntropy: expected logits (N, K) and probabilities of the same shape, got ${showShape(shape)} and ${showShape(target.shape)}`,
      )
    }
  } else if (rank !== 2 || target.length !== N) {
    throw new ShapeError(
      `crossEntropy: expected logits (N, K) and N labels, got ${showShape(shape)} and ${target.length} labels`,
    )
  }
  if (!(smoothing >= 0 && smoothing <= 1)) {
    throw new GhostgradError(`crossEntropy: expected labelSmoothing from 0 to 1, got ${smoothing}`)
  }
  if (weight && weight.length !== K) {
    throw new ShapeError(`crossEntropy: expected a weight for each of the ${K} classes, got ${weight.length}`)
  }
}

/** (N, K): what each −log p counts, weight[k] · q / Σ weight[label]. */
function writeWeightedTargets(
  shares: Float32Array,
  labels: Int32Array,
  weight: ArrayLike<number>,
  smoothing: number,
): void {
  const K = weight.length
  const total = labels.reduce((total, label) => total + weight[label]!, 0)
  labels.forEach((label, n) => {
    for (let k = 0; k < K; k++) {
      const q = (k === label ? 1 - smoothing : 0) + smoothing / K
      shares[n * K + k] = (weight[k]! * q) / total
    }
  })
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
>>>>>>> main
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(`mseLoss: expected equal shapes, got ${showShape(a.shape)} and ${showShape(b.shape)}`)
  }
  return reduceLosses('mseLoss', square(sub(a, b)), reduction)
}

/** What losses become. */
export function reduceLosses(op: string, losses: Tensor, reduction: LossReduction): Tensor {
  if (reduction === 'none') return losses
  if (reduction === 'mean') return mean(losses)
  if (reduction === 'sum') return sum(losses)
  throw new GhostgradError(`${op}: expected reduction none, mean or sum, got ${JSON.stringify(reduction)}`)
}
