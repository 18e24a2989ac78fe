import { GhostgradError, ShapeError, showShape } from '../../tensor/errors.js'
import { hostStep } from '../../tensor/recording.js'
import { type Shape, sameShape, sizeOf } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { add, mul } from './arithmetic.js'
import { logSoftmax } from './loss.js'
import { sum } from './reduce.js'
import { reshape } from './shape.js'
import type { LossReduction } from './weightedLoss.js'

/** The label that stands for none, as in PyTorch. */
const noLabel = -100

/** Options of losses by labels. */
export interface NllLossOptions {
  /** What each of the K classes counts; default: 1 each. */
  weight?: ArrayLike<number> | Tensor | undefined
  /** A label that stands for none: such places count nothing; default −100. */
  ignoreIndex?: number | undefined
  /** Default 'mean': the sum divided by the weights of all labels together. */
  reduction?: LossReduction | undefined
}

/** How `crossEntropy` weighs targets and classes. */
export interface CrossEntropyOptions extends NllLossOptions {
  /** Share of the target spread evenly over all K classes, 0 … 1 (Szegedy et al. 2016); default 0. */
  labelSmoothing?: number | undefined
}

/** Batch and classes, and the places that have a label each. */
interface Sizes {
  N: number
  K: number
  P: number
}

const crossEntropyOp = defineOp({
  name: 'crossEntropy',
  rule: 'dlogits = dy · (softmax(logits) − q) / N, q = (1 − ε) · onehot + ε / K',
  forward: ([logits], { labels, smoothing }: { labels: Int32Array; smoothing: number }, { backend }) => {
    const { loss, dLogits } = backend.crossEntropy(logits!, labels, smoothing)
    return { out: loss, saved: dLogits }
  },
  backward: (dy, dLogits, { backend }) => [backend.binary('mul', dLogits, backend.broadcastTo(dy, dLogits.shape))],
})

interface NllCall {
  /** For each label, the element that it picks and what that counts. */
  picks: Int32Array
  shares: Float64Array
  /** Of the losses, where they stay apart. */
  shape: Shape | null
}

const nllOp = defineOp({
  name: 'nllLoss',
  rule: 'dx = −dy · weight[label] at each label, 0 elsewhere; for the mean divided by Σ weight[label]',
  forward: ([x], { picks, shares, shape }: NllCall, { backend }) => {
    const values = backend.read(x!)
    const losses = shares.map((share, i) => (share === 0 ? 0 : -share * values[picks[i]!]!))
    const total = losses.reduce((sum, loss) => sum + loss, 0)
    return {
      out: shape ? backend.fromValues(losses, shape) : backend.fromValues([total], []),
      saved: { xShape: x!.shape },
    }
  },
  backward: (dy, { xShape }, { backend, options: { picks, shares, shape } }) => {
    const g = backend.read(dy)
    const dx = new Float64Array(sizeOf(xShape))
    shares.forEach((share, i) => {
      dx[picks[i]!] = -share * g[shape ? i : 0]!
    })
    return [backend.fromValues(dx, xShape)]
  },
})

/**
 * Minus the logarithm of the probability of each label, as torch.nn.functional.nll_loss.
 * @param logProbabilities (N, K, …), or (K,) for one label
 * @param target a whole number from 0 to K − 1 for each of (N, …), row after row, or `ignoreIndex`
 */
export function nllLoss(
  logProbabilities: Tensor,
  target: ArrayLike<number> | Tensor,
  options: NllLossOptions = {},
): Tensor {
  const { rank, shape } = logProbabilities
  if (rank === 1) return ofOne('nllLoss', logProbabilities, target, (x, label) => nllLoss(x, label, options))
  const sizes = sizesOf('nllLoss', shape)
  const { reduction = 'mean', ignoreIndex = noLabel } = options
  const weight = classWeights('nllLoss', options.weight, sizes.K)
  const labels = readLabels('nllLoss', target, shape, sizes, ignoreIndex)
  const shares = Float64Array.from(labels, (label) => (label === ignoreIndex ? 0 : (weight?.[label] ?? 1)))
  const total = reduction === 'mean' ? shares.reduce((sum, share) => sum + share, 0) : 1
  const { K, P } = sizes
  const picks = labels.map((label, i) => (Math.floor(i / P) * K + (label === ignoreIndex ? 0 : label)) * P + (i % P))
  return nllOp([logProbabilities], {
    picks,
    shares: shares.map((share) => share / total),
    shape: requireReduction('nllLoss', reduction) === 'none' ? lossShape(shape) : null,
  })
}

/**
 * Cross-entropy between softmax(logits) and the target, as torch.nn.functional.cross_entropy. With weights the mean
 * over labels is a weighted one, Σ weight[label] · loss / Σ weight[label]; over probabilities it is Σ loss / N, with
 * weight[k] on each term of the loss, as there.
 * @param logits (N, K, …), or (K,) for one label
 * @param target a whole number from 0 to K − 1 for each of (N, …), row after row, or `ignoreIndex`; or a tensor of
 * probabilities of the shape of the logits
 */
export function crossEntropy(
  logits: Tensor,
  target: ArrayLike<number> | Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const { rank, shape } = logits
  if (rank === 1) return ofOne('crossEntropy', logits, target, (x, label) => crossEntropy(x, label, options))
  const { labelSmoothing = 0, reduction = 'mean', ignoreIndex = noLabel } = options
  const sizes = sizesOf('crossEntropy', shape)
  const { N, K, P } = sizes
  const weight = classWeights('crossEntropy', options.weight, K)
  requireReduction('crossEntropy', reduction)
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new GhostgradError(`crossEntropy: expected labelSmoothing from 0 to 1, got ${labelSmoothing}`)
  }
  if (target instanceof Tensor && target.rank === rank) {
    requireProbabilities(target, shape)
    const q = labelSmoothing > 0 ? add(mul(target, 1 - labelSmoothing), labelSmoothing / K) : target
    const terms = mul(q, logSoftmax(logits, 1))
    const weighted = weight ? mul(terms, constant(logits, weight, [K, ...shape.slice(2).map(() => 1)])) : terms
    return negativeSum(weighted, reduction, N * P)
  }
  let labels = readLabels('crossEntropy', target, shape, sizes, ignoreIndex)
  const ignores = options.ignoreIndex !== undefined || labels.includes(noLabel)
  if (rank === 2 && !weight && !ignores && reduction === 'mean') {
    hostStep(() => labels.set(readLabels('crossEntropy', target, shape, sizes, null)))
    return crossEntropyOp([logits], { labels, smoothing: labelSmoothing })
  }
  const shares = new Float32Array(N * K * P)
  hostStep(() => {
    labels = readLabels('crossEntropy', target, shape, sizes, ignoreIndex)
    writeShares(shares, labels, sizes, { weight, ignoreIndex, labelSmoothing, isMean: reduction === 'mean' })
  })
  return negativeSum(mul(constant(logits, shares, shape), logSoftmax(logits, 1)), reduction, 1)
}

/** −Σ of the terms over the classes, or over everything, divided by `count` for the mean. */
function negativeSum(terms: Tensor, reduction: LossReduction, count: number): Tensor {
  if (reduction === 'none') return mul(sum(terms, 1), -1)
  return mul(sum(terms), reduction === 'mean' ? -1 / count : -1)
}

/** A loss of one image alone. */
function ofOne(
  op: string,
  x: Tensor,
  target: ArrayLike<number> | Tensor,
  loss: (x: Tensor, target: ArrayLike<number> | Tensor) => Tensor,
): Tensor {
  const isProbabilities = target instanceof Tensor && target.rank === 1 && target.size === x.size
  const label = isProbabilities ? reshape(target, [1, x.size]) : target instanceof Tensor ? target.values : target
  if (!(label instanceof Tensor) && label.length !== 1) {
    throw new ShapeError(`${op}: expected one label for an input ${showShape(x.shape)}, got ${label.length} labels`)
  }
  const result = loss(reshape(x, [1, x.size]), label)
  return result.rank === 0 ? result : reshape(result, [])
}

const constant = (like: Tensor, values: ArrayLike<number>, shape: Shape): Tensor =>
  new Tensor(like.array.backend.fromValues(values, shape))

const lossShape = ([N, , ...places]: Shape): number[] => [N!, ...places]

function sizesOf(op: string, shape: Shape): Sizes {
  const [N, K, ...places] = shape
  if (K === undefined) throw new ShapeError(`${op}: expected an input (N, K, …) or (K,), got ${showShape(shape)}`)
  return { N: N!, K, P: sizeOf(places) }
}

function requireReduction(op: string, reduction: LossReduction): LossReduction {
  if (['none', 'mean', 'sum'].includes(reduction)) return reduction
  throw new GhostgradError(`${op}: expected reduction none, mean or sum, got ${JSON.stringify(reduction)}`)
}

function requireProbabilities(target: Tensor, shape: Shape): void {
  if (sameShape(target.shape, shape)) return
  throw new ShapeError(
    `crossEntropy: expected logits (N, K, …) and probabilities of the same shape, got ${showShape(shape)} and ${showShape(target.shape)}`,
  )
}

function classWeights(op: string, weight: NllLossOptions['weight'], K: number): ArrayLike<number> | null {
  if (!weight) return null
  const values = weight instanceof Tensor ? weight.values : weight
  if (values.length === K) return values
  throw new ShapeError(`${op}: expected a weight for each of the ${K} classes, got ${values.length}`)
}

/**
 * (N, K, …): what each −log p counts, weight[k] · q, for the mean divided by Σ weight[label]; nothing where a label is
 * ignored.
 */
function writeShares(
  shares: Float32Array,
  labels: Int32Array,
  { K, P }: Sizes,
  options: { weight: ArrayLike<number> | null; ignoreIndex: number; labelSmoothing: number; isMean: boolean },
): void {
  const { weight, ignoreIndex, labelSmoothing, isMean } = options
  const weightOf = (k: number): number => (weight ? weight[k]! : 1)
  const total = isMean ? labels.reduce((total, label) => total + (label === ignoreIndex ? 0 : weightOf(label)), 0) : 1
  labels.forEach((label, i) => {
    const [first, place] = [Math.floor(i / P) * K, i % P]
    for (let k = 0; k < K; k++) {
      const q = (k === label ? 1 - labelSmoothing : 0) + labelSmoothing / K
      shares[(first + k) * P + place] = label === ignoreIndex ? 0 / total : (weightOf(k) * q) / total
    }
  })
}

/** @param ignored a label that may be there though it is no class; null: none */
function readLabels(
  op: string,
  target: ArrayLike<number> | Tensor,
  shape: Shape,
  { N, K, P }: Sizes,
  ignored: number | null,
): Int32Array {
  const labels = target instanceof Tensor ? target.values : target
  const fits = target instanceof Tensor ? sameShape(target.shape, lossShape(shape)) : labels.length === N * P
  if (!fits) {
    const got = target instanceof Tensor ? `labels ${showShape(target.shape)}` : `${labels.length} labels`
    throw new ShapeError(
      P === 1 && shape.length === 2
        ? `${op}: expected logits (N, K) and N labels, got ${showShape(shape)} and ${got}`
        : `${op}: expected logits (N, K, …) and a label for each of the ${N * P} places, got ${showShape(shape)} and ${got}`,
    )
  }
  const integers = Int32Array.from(labels)
  const wrong = integers.findIndex(
    (label, i) => label !== labels[i] || ((label < 0 || label >= K) && label !== ignored),
  )
  if (wrong === -1) return integers
  throw new GhostgradError(
    `${op}: expected whole labels from 0 to ${K - 1}, got ${labels[wrong]} (image ${Math.floor(wrong / P)})`,
  )
}
