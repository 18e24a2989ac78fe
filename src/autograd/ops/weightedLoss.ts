import { GhostgradError, ShapeError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'

/** Options of losses that are a sum over elements. */
export interface WeightedLossOptions {
  /** What each element counts, where 0 leaves it out; default: 1 each. */
  weight?: ArrayLike<number>
  /** Default 'mean': the sum divided by the number of elements, those of weight 0 included. */
  reduction?: 'mean' | 'sum'
}

/** f(x, target) of one element, and its derivative by x. */
type Pointwise<Options> = (x: number, target: number, options: Options) => readonly [value: number, slope: number]

interface Call<Options> {
  target: ArrayLike<number>
  weight: ArrayLike<number> | null
  factor: number
  options: Options
}

/** A loss factor · Σ weight · f(x, target), as an operation. The target has no gradient. */
function defineWeightedLoss<Options>(name: string, rule: string, f: Pointwise<Options>) {
  const op = defineOp({
    name,
    rule,
    forward: ([x], { target, weight, factor, options }: Call<Options>, { backend }) => {
      const values = backend.read(x!)
      const gradient = new Float64Array(values.length)
      let loss = 0
      for (let i = 0; i < values.length; i++) {
        const share = factor * (weight ? weight[i]! : 1)
        if (share === 0) continue
        const [value, slope] = f(values[i]!, target[i]!, options)
        loss += share * value
        gradient[i] = share * slope
      }
      return { out: backend.fromValues([loss], []), saved: backend.fromValues(gradient, x!.shape) }
    },
    backward: (dy, gradient, { backend }) => [backend.binary('mul', gradient, backend.broadcastTo(dy, gradient.shape))],
  })
  return (
    x: Tensor,
    target: ArrayLike<number>,
    { weight, reduction = 'mean' }: WeightedLossOptions,
    options: Options,
  ) => {
    if (target.length !== x.size || (weight && weight.length !== x.size)) {
      throw new ShapeError(
        `${name}: expected a target${weight ? ' and a weight' : ''} for each of the ${x.size} elements, got ${target.length}` +
          (weight ? ` and ${weight.length}` : ''),
      )
    }
    return op([x], { target, weight: weight ?? null, factor: reduction === 'mean' ? 1 / x.size : 1, options })
  }
}

const smoothL1 = defineWeightedLoss<{ beta: number }>(
  'smoothL1Loss',
  'dx = dy · weight · (d / β where |d| < β, else sign d), d = x − target',
  (x, target, { beta }) => {
    const d = x - target
    const distance = Math.abs(d)
    return distance < beta ? [(d * d) / (2 * beta), d / beta] : [distance - beta / 2, Math.sign(d)]
  },
)

const bce = defineWeightedLoss<null>(
  'binaryCrossEntropyWithLogits',
  'dx = dy · weight · (sigmoid(x) − target)',
  (x, target) => [crossEntropyOf(x, target), sigmoid(x) - target],
)

const focal = defineWeightedLoss<{ alpha: number; gamma: number }>(
  'sigmoidFocalLoss',
  'dx = dy · weight · α_t · ((1 − p_t)^γ · (p − t) − γ · (1 − p_t)^(γ − 1) · (2t − 1) · p · (1 − p) · CE)',
  (x, target, { alpha, gamma }) => {
    const p = sigmoid(x)
    const missing = p + target - 2 * p * target // 1 − p_t
    const entropy = crossEntropyOf(x, target)
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

/** −t log σ(x) − (1 − t) log(1 − σ(x)), without overflow. */
const crossEntropyOf = (x: number, target: number): number =>
  Math.max(x, 0) - x * target + Math.log1p(Math.exp(-Math.abs(x)))

/**
 * d² / 2β where |d| < β, else |d| − β / 2, with d = x − target, as torch.nn.functional.smooth_l1_loss; β = 0: |d|.
 * @param target one number an element of x
 */
export function smoothL1Loss(
  x: Tensor,
  target: ArrayLike<number>,
  { beta = 1, ...options }: WeightedLossOptions & { beta?: number } = {},
): Tensor {
  if (!(beta >= 0)) throw new GhostgradError(`smoothL1Loss: expected beta of at least 0, got ${beta}`)
  return smoothL1(x, target, options, { beta })
}

/**
 * −t log σ(x) − (1 − t) log(1 − σ(x)), as torch.nn.functional.binary_cross_entropy_with_logits.
 * @param target one number from 0 to 1 an element of x
 */
export const binaryCrossEntropyWithLogits = (
  x: Tensor,
  target: ArrayLike<number>,
  options: WeightedLossOptions = {},
): Tensor => bce(x, target, options, null)

/**
 * The focal loss (Lin et al. 2017, https://arxiv.org/abs/1708.02002): α_t · (1 − p_t)^γ times binary cross-entropy, where p_t is the
 * probability of what is true and α_t is α for t = 1 and 1 − α for t = 0, as torchvision.ops.sigmoid_focal_loss. A negative α: no α_t.
 * @param target one number from 0 to 1 an element of x
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
