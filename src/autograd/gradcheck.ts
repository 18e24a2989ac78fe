import { GhostgradError } from '../tensor/errors.js'
import { Generator } from '../tensor/random.js'
import { scope, Tensor } from '../tensor/tensor.js'
import { backward } from './backward.js'
import { noGrad } from './gradMode.js'
import { relativeError } from './slope.js'

/** How finely `gradcheck` looks. */
export interface GradcheckOptions {
  /** A value v moves by step · max(1, |v|) both ways. Default: 1e-4 in float64, 1e-2 in float32. */
  step?: number
}

/** What `gradcheck` found: analytic gradients beside finite differences. */
export interface GradcheckResult {
  /** The largest |analytic − numeric| / max(1, |analytic|, |numeric|) over all elements; ∞ where one of them is not finite. */
  worst: number
  /** The element with that error: which input, and its row-major index there. */
  where: { input: number; index: number }
  /** Its derivative by `backward()`. */
  analytic: number
  /** Its derivative by central differences. */
  numeric: number
}

/**
 * Compare the gradients that `backward()` computes with central differences, (f(v + h) − f(v − h)) / 2h, for every element of
 * every input that has `requiresGrad`. Where `fn` returns more than one number, f is their sum with fixed pseudo-random weights.
 *
 * Everything runs on the backend of the inputs, in its precision; in float64 (`new ReferenceBackend('float64')`) a right
 * rule agrees to about 1e-9. Keep inputs farther than the step from kinks, such as 0 for relu. The inputs are moved in place
 * and put back, so `fn` may also reach them by itself, as a layer does its parameters.
 * @example gradcheck((a, b) => a.mul(b).tanh(), [a, b]).worst
 */
export function gradcheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckResult {
  if (!inputs.some((x) => x.requiresGrad)) throw new GhostgradError('gradcheck: no input has requiresGrad')
  const { analytic, value } = analyticGradients(fn, inputs)
  const evaluate = () => scope(() => noGrad(() => project(fn(...inputs))))
  if (!Object.is(evaluate(), value)) {
    throw new GhostgradError('gradcheck: the function gave two results for the same inputs; seed what is random in it')
  }

  let result: GradcheckResult = { worst: -1, where: { input: 0, index: 0 }, analytic: 0, numeric: 0 }
  inputs.forEach((x, input) => {
    if (!x.requiresGrad) return
    numericGradient(x, evaluate, options.step ?? defaultStep(x)).forEach((numeric, index) => {
      const a = analytic[input]![index]!
      const error = relativeError(a, numeric)
      if (error > result.worst) result = { worst: error, where: { input, index }, analytic: a, numeric }
    })
  })
  return result
}

/**
 * Throw where `gradcheck` finds an error above `tolerance`.
 * @param options.tolerance default: 1e-6 in float64, 1e-2 in float32
 */
export function assertGradcheck(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradcheckOptions & { tolerance?: number } = {},
): GradcheckResult {
  const result = gradcheck(fn, inputs, options)
  const { worst, where, analytic, numeric } = result
  const tolerance = options.tolerance ?? (isFloat64(inputs[where.input]!) ? 1e-6 : 1e-2)
  if (worst <= tolerance) return result
  throw new GhostgradError(
    `gradcheck: the derivative by element ${where.index} of input ${where.input} is ${analytic} by backward() ` +
      `but ${numeric} by central differences; error ${worst.toExponential(1)}, allowed ${tolerance}`,
  )
}

const isFloat64 = (x: Tensor): boolean => x.array.backend.dtype === 'float64'

/** Truncation shrinks and rounding grows as the step shrinks; these lie where both are small. */
const defaultStep = (x: Tensor): number => (isFloat64(x) ? 1e-4 : 1e-2)

/** Weights between 0.5 and 1.5, the same ones each time; a single number has weight 1. */
function weightsFor(y: Tensor): Tensor {
  const generator = new Generator(0)
  const weights = y.size === 1 ? [1] : Array.from({ length: y.size }, () => 0.5 + generator.uniform())
  return new Tensor(y.array.backend.fromValues(weights, y.shape))
}

/** Σ weight · y, summed in double precision whatever the backend's. */
function project(y: Tensor): number {
  const weights = weightsFor(y).values
  return Array.from(y.values).reduce((sum, v, i) => sum + v * weights[i]!, 0)
}

/** Each input's gradient by `backward()`, and the function's value. */
const analyticGradients = (
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
): { analytic: ArrayLike<number>[]; value: number } =>
  gradientsAside(inputs, () =>
    scope(() => {
      const y = fn(...inputs)
      backward(y, weightsFor(y))
      const analytic = inputs.map(({ gradArray: g, size }) => (g ? g.backend.read(g) : new Float64Array(size)))
      return { analytic, value: project(y) }
    }),
  )

/** Run `fn` while these tensors have no gradient; what they had, they have again afterwards, and not what `fn` gave them. */
export function gradientsAside<T>(tensors: readonly Tensor[], fn: () => T): T {
  const before = tensors.map((x) => x.gradArray)
  for (const [i, x] of tensors.entries()) {
    before[i]?.block.hold()
    x.zeroGrad()
  }
  try {
    return fn()
  } finally {
    tensors.forEach((x, i) => {
      x.setGrad(before[i]!)
      before[i]?.block.letGo()
    })
  }
}

/** Central differences of `evaluate` by each element of x. */
function numericGradient(x: Tensor, evaluate: () => number, step: number): number[] {
  const original = x.values
  const moved = original.slice()
  const at = (index: number, v: number): number => {
    moved[index] = v
    x.set(moved)
    return evaluate()
  }
  try {
    return Array.from(original, (v, index) => {
      const h = step * Math.max(1, Math.abs(v))
      const above = at(index, v + h)
      const high = moved[index]!
      const below = at(index, v - h)
      const low = moved[index]!
      moved[index] = v
      // Divide by the distance between the numbers that were stored: rounding may have moved them.
      return (above - below) / (high - low)
    })
  } finally {
    x.set(original)
  }
}
