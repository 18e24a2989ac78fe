import { GhostgradError, ShapeError, showShape } from '../../tensor/errors.js'
import { broadcastShapes, broadcastStrides, type Shape, sameShape, stridesOf } from '../../tensor/shape.js'
import { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'

/** What the losses of the elements become: their mean, their sum, or nothing (`none`), a tensor of the losses. */
export type LossReduction = 'none' | 'mean' | 'sum'

/** Options of losses that are a sum over elements. */
export interface WeightedLossOptions {
  /** What each element counts, where 0 leaves it out: as many numbers, or a tensor that broadcasts; default: 1 each. */
  weight?: ArrayLike<number> | Tensor | undefined
  /** Default 'mean': the sum divided by the number of elements, those of weight 0 included. */
  reduction?: LossReduction | undefined
}

/** f(x, target) of element `index`, its derivative by x and, where the loss has one, by the target. */
type Pointwise<Options> = (
  x: number,
  target: number,
  options: Options,
  index: number,
) => readonly [value: number, slope: number, targetSlope?: number]

interface Call<Options> {
  target: ArrayLike<number>
  weight: ArrayLike<number> | null
  /** What the sum is multiplied by; null: the losses stay apart. */
  factor: number | null
  options: Options
}

/**
 * A loss factor · Σ weight · f(x, target), as an operation. A target that is a tensor has a gradient too, where f says
 * it.
 */
function definePointwiseLoss<Options>(name: string, rule: string, f: Pointwise<Options>) {
  const op = defineOp({
    name,
    rule,
    forward: ([x], { target, weight, factor, options }: Call<Options>, { backend, needs }) => {
      const values = backend.read(x!)
      const losses = new Float64Array(values.length)
      const slopes = new Float64Array(values.length)
      const targetSlopes = new Float64Array(needs[1] ? values.length : 0)
      let loss = 0
      for (let i = 0; i < values.length; i++) {
        const share = (factor ?? 1) * (weight ? weight[i]! : 1)
        if (share === 0) continue
        const [value, slope, targetSlope = 0] = f(values[i]!, target[i]!, options, i)
        losses[i] = share * value
        loss += share * value
        slopes[i] = share * slope
        if (needs[1]) targetSlopes[i] = share * targetSlope
      }
      const asArray = (numbers: Float64Array) => backend.fromValues(numbers, x!.shape)
      return {
        out: factor === null ? asArray(losses) : backend.fromValues([loss], []),
        saved: { slope: asArray(slopes), targetSlope: needs[1] ? asArray(targetSlopes) : null },
      }
    },
    backward: (dy, { slope, targetSlope }, { backend }) => {
      const g = backend.broadcastTo(dy, slope.shape)
      return [backend.binary('mul', slope, g), targetSlope && backend.binary('mul', targetSlope, g)]
    },
  })
  return (
    x: Tensor,
    target: ArrayLike<number> | Tensor,
    {
      weight,
      reduction = 'mean',
    }: Omit<WeightedLossOptions, 'reduction'> & { reduction?: LossReduction | number | undefined },
    options: Options,
  ): Tensor => {
    const call = {
      target: elements(name, 'target', target, x.shape),
      weight: weight ? elements(name, 'weight', weight, x.shape) : null,
      factor: factorOf(name, reduction, x.size),
      options,
    }
    return op(target instanceof Tensor ? [x, target] : [x], call)
  }
}

function factorOf(name: string, reduction: LossReduction | number, size: number): number | null {
  if (typeof reduction === 'number') return reduction
  if (reduction === 'none') return null
  if (reduction === 'mean') return 1 / size
  if (reduction === 'sum') return 1
  throw new GhostgradError(`${name}: expected reduction none, mean or sum, got ${JSON.stringify(reduction)}`)
}

/**
 * One number for each element of `shape`: from as many, or from a tensor that broadcasts to it; a target is of that
 * shape itself.
 */
function elements(name: string, what: string, given: ArrayLike<number> | Tensor, shape: Shape): ArrayLike<number> {
  const size = shape.reduce((product, n) => product * n, 1)
  if (!(given instanceof Tensor)) {
    if (given.length === size) return given
    throw new ShapeError(`${name}: expected a ${what} for each of the ${size} elements, got ${given.length}`)
  }
  if (sameShape(given.shape, shape)) return given.values
  if (what === 'target' || !sameShape(broadcastShapes(name, given.shape, shape), shape)) {
    throw new ShapeError(`${name}: expected a ${what} of shape ${showShape(shape)}, got ${showShape(given.shape)}`)
  }
  const { values } = given
  const [from, to] = [broadcastStrides(given.shape, shape), stridesOf(shape)]
  return Float64Array.from(
    { length: size },
    (_, i) => values[shape.reduce((offset, n, axis) => offset + (Math.floor(i / to[axis]!) % n) * from[axis]!, 0)]!,
  )
}

const smoothL1 = definePointwiseLoss<{ beta: number }>(
  'smoothL1Loss',
  'dx = −dtarget = dy · weight · (d / β where |d| < β, else sign d), d = x − target',
  (x, target, { beta }) => {
    const d = x - target
    const distance = Math.abs(d)
    const slope = distance < beta ? d / beta : Math.sign(d)
    return [distance < beta ? (d * d) / (2 * beta) : distance - beta / 2, slope, -slope]
  },
)

const bce = definePointwiseLoss<{ posWeight: ArrayLike<number> | null }>(
  'binaryCrossEntropyWithLogits',
  'dx = dy · weight · (l · sigmoid(x) − p · target), dtarget = dy · weight · ((p − 1) · softplus(−x) − x), l = 1 + (p − 1) · target',
  (x, target, { posWeight }, index) => {
    const p = posWeight ? posWeight[index]! : 1
    const missing = softplus(-x)
    const l = 1 + (p - 1) * target
    return [(1 - target) * x + l * missing, l * sigmoid(x) - p * target, (p - 1) * missing - x]
  },
)

const kl = definePointwiseLoss<{ logTarget: boolean }>(
  'klDiv',
  'dx = −dy · t, dtarget = dy · (log t + 1 − x), or of log t: dy · t · (log t + 1 − x)',
  (x, target, { logTarget }) => {
    const t = logTarget ? Math.exp(target) : target
    const logT = logTarget ? target : Math.log(target)
    return [t === 0 ? 0 : t * (logT - x), -t, (logTarget ? t : 1) * (logT + 1 - x)]
  },
)

const focal = definePointwiseLoss<{ alpha: number; gamma: number }>(
  'sigmoidFocalLoss',
  'dx = dy · weight · α_t · ((1 − p_t)^γ · (p − t) − γ · (1 − p_t)^(γ − 1) · (2t − 1) · p · (1 − p) · CE)',
  (x, target, { alpha, gamma }) => {
    const p = sigmoid(x)
    const missing = p + target - 2 * p * target // 1 − p_t
    const entropy = (1 - target) * x + softplus(-x)
    const weight = alpha < 0 ? 1 : alpha * target + (1 - alpha) * (1 - target)
    const power = gamma === 0 ? 1 : missing ** (gamma - 1)
    const modulator = gamma === 0 ? 1 : power * missing
    return [
      weight * modulator * entropy,
      weight * (modulator * (p - target) - gamma * power * (2 * target - 1) * p * (1 - p) * entropy),
    ]
  },
)

/** Without overflow for either sign. */
const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : 1 - 1 / (1 + Math.exp(x)))

/** log(1 + eˣ), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** Of `smoothL1Loss`. */
export interface SmoothL1Options extends WeightedLossOptions {
  /** Up to which distance the loss is quadratic; default 1. */
  beta?: number | undefined
}

/**
 * d² / 2β where |d| < β, else |d| − β / 2, with d = x − target, as torch.nn.functional.smooth_l1_loss; β = 0: |d|.
 * @param target one number an element of x, or a tensor of its shape, which has a gradient too
 */
export function smoothL1Loss(
  x: Tensor,
  target: ArrayLike<number> | Tensor,
  { beta = 1, ...options }: SmoothL1Options = {},
): Tensor {
  if (!(beta >= 0)) throw new GhostgradError(`smoothL1Loss: expected beta of at least 0, got ${beta}`)
  return smoothL1(x, target, options, { beta })
}

/** Of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyOptions extends WeightedLossOptions {
  /**
   * What a target of 1 counts beside one of 0: as many numbers as the last axis has, or a tensor that broadcasts to x;
   * default: 1.
   */
  posWeight?: ArrayLike<number> | Tensor | undefined
}

/**
 * −p · t · log σ(x) − (1 − t) · log(1 − σ(x)), as torch.nn.functional.binary_cross_entropy_with_logits.
 * @param target one number from 0 to 1 an element of x, or a tensor of its shape, which has a gradient too
 */
export function binaryCrossEntropyWithLogits(
  x: Tensor,
  target: ArrayLike<number> | Tensor,
  { posWeight, ...options }: BinaryCrossEntropyOptions = {},
): Tensor {
  return bce(x, target, options, { posWeight: posWeight ? positiveWeights(posWeight, x) : null })
}

function positiveWeights(given: ArrayLike<number> | Tensor, { shape }: Tensor): ArrayLike<number> {
  const name = 'binaryCrossEntropyWithLogits'
  if (given instanceof Tensor) return elements(name, 'posWeight', given, shape)
  const last = shape.at(-1) ?? 1
  if (given.length !== last) {
    throw new ShapeError(`${name}: expected ${last} numbers as posWeight for ${showShape(shape)}, got ${given.length}`)
  }
  return Float64Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => given[i % last]!)
}

/** Of `klDiv`. */
export interface KlDivOptions {
  /**
   * `batchmean`: the sum divided by the first size, which is the divergence; default, as in PyTorch: mean over all
   * elements.
   */
  reduction?: LossReduction | 'batchmean' | undefined
  /** Whether the target is the logarithm of probabilities; default: false. */
  logTarget?: boolean | undefined
}

/**
 * The Kullback-Leibler divergence target · (log target − x), as torch.nn.functional.kl_div. With `logSoftmax` of a
 * student as x and `softmax` of a teacher as target: distillation.
 * @param x logarithms of probabilities
 * @param target probabilities, of the shape of x; has a gradient too
 */
export function klDiv(x: Tensor, target: Tensor, { reduction, logTarget = false }: KlDivOptions = {}): Tensor {
  return kl(x, target, { reduction: reduction === 'batchmean' ? 1 / (x.shape[0] ?? 1) : reduction }, { logTarget })
}

/**
 * The focal loss (Lin et al. 2017, https://arxiv.org/abs/1708.02002): α_t · (1 − p_t)^γ times binary cross-entropy,
 * where p_t is the probability of what is true and α_t is α for t = 1 and 1 − α for t = 0, as
 * torchvision.ops.sigmoid_focal_loss. A negative α: no α_t.
 * @param target one number from 0 to 1 an element of x; it has no gradient
 */
export function sigmoidFocalLoss(
  x: Tensor,
  target: ArrayLike<number>,
  { alpha = 0.25, gamma = 2, ...options }: WeightedLossOptions & { alpha?: number; gamma?: number } = {},
): Tensor {
  if (!(alpha <= 1)) throw new GhostgradError(`sigmoidFocalLoss: expected alpha of at most 1, got ${alpha}`)
  if (!(gamma === 0 || gamma >= 1)) {
    throw new GhostgradError(`sigmoidFocalLoss: expected gamma to be 0 or at least 1, got ${gamma}`)
  }
  return focal(x, target, options, { alpha, gamma })
}
