/** Families of gradient checks: what operations of one kind are checked on. */
import { full } from '../tensor/create.js'
import { type Elementwise, type ElementwiseName, elementwise, elementwiseNames } from '../tensor/elementwise.js'
import { Generator } from '../tensor/random.js'
import { hostStep } from '../tensor/recording.js'
import type { Shape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { any, around, type Maker, positive, scaled, twoSided } from './checkInputs.js'
import * as F from './functional.js'
import { elementwiseOp } from './ops/elementwiseOp.js'

export interface Case {
  /** What this case adds to the others of its operation. */
  what?: string
  inputs: readonly Maker[]
  fn: (...inputs: Tensor[]) => Tensor
  /** Change what `fn` reads of the host, beside its inputs. */
  change?: (generator: Generator) => void
}

/** The four ways in which the operands of a binary operation meet. */
export const binary = (f: (a: Tensor, b: Tensor | number) => Tensor, b: (...shape: number[]) => Maker): Case[] => [
  { inputs: [any(2, 3), b(2, 3)], fn: f },
  { what: 'broadcast (2, 3) with (3,)', inputs: [any(2, 3), b(3)], fn: f },
  { what: 'broadcast (2, 1, 4) with (3, 1)', inputs: [any(2, 1, 4), b(3, 1)], fn: f },
  { what: 'broadcast () with (2, 2)', inputs: [any(), b(2, 2)], fn: f },
  { what: 'number', inputs: [any(2, 3)], fn: (x) => f(x!, 3) },
]

export const unary = (f: (x: Tensor) => Tensor, x: (...shape: number[]) => Maker): Case[] => [
  { inputs: [x(3, 4)], fn: f },
]

/** Inputs that an elementwise operation is smooth at. */
function smooth({ kinks, positive: isPositive }: Elementwise): (...shape: number[]) => Maker {
  if (isPositive) return positive
  return kinks ? (...shape) => around(kinks, ...shape) : any
}

/** The cases of all elementwise operations of one tensor. */
export const elementwiseCases = Object.fromEntries(
  elementwiseNames.map((name) => [name, unary((x) => elementwiseOp(name)(x), smooth(elementwise[name]))]),
) as { [Name in ElementwiseName]: Case[] }

export const reduction = (f: typeof F.sum, x: (...shape: number[]) => Maker): Case[] => [
  { what: 'all axes', inputs: [x(2, 3)], fn: (x) => f(x!) },
  { what: 'axis −1', inputs: [x(2, 3)], fn: (x) => f(x!, -1) },
  { what: 'axes 0, 2 and 3', inputs: [x(2, 3, 2, 2)], fn: (x) => f(x!, [0, 2, 3]) },
  { what: 'axis 1, kept', inputs: [x(2, 3, 2)], fn: (x) => f(x!, 1, true) },
]

export const conv = (what: string, x: Shape, weight: Shape, options: F.Conv2dOptions = {}): Case => ({
  what,
  inputs: [any(...x), any(...weight)],
  fn: (x, w) => F.conv2d(x!, w!, options),
})

/** Cross-entropy with labels, which can be changed. */
export const labelled = (options: F.CrossEntropyOptions = {}): Case => {
  const labels = [2, 0, 3]
  return {
    inputs: [any(3, 4)],
    fn: (x) => F.crossEntropy(x!, labels, options),
    change: (generator) => {
      for (const n of labels.keys()) labels[n] = generator.integer(4)
    },
  }
}

/** Dropout with the same mask in each call, until it is changed. */
export const masked = (p: number): Case => {
  const generator = new Generator()
  let seed = 1
  return {
    inputs: [any(3, 4)],
    fn: (x) => {
      hostStep(() => void generator.seed(seed))
      return F.dropout(x!, p, { training: true, generator })
    },
    change: (from) => {
      seed = from.integer(1000)
    },
  }
}

/** With running statistics that are not those of the batch. */
const norm =
  (options: F.BatchNormOptions) =>
  (x: Tensor, weight?: Tensor, bias?: Tensor, residual?: Tensor): Tensor => {
    const channels = [x.shape[1]!]
    const running = options.training ? {} : { runningMean: full(channels, 0.1), runningVar: full(channels, 0.8) }
    return F.batchNorm(x, {
      weight: weight ?? null,
      bias: bias ?? null,
      residual: residual ?? null,
      ...running,
      ...options,
    })
  }

// Before relu: |x̂ · weight| is at least 0.1 and |bias| at most 0.05; a residual of at least 2 outweighs |x̂ · weight| < 1.5.
const normInputs = [twoSided(2, 3, 2, 2), positive(3), scaled(0.05, any(3))]
const residual = scaled(4, twoSided(2, 3, 2, 2))
const smallWeight = scaled(0.3, positive(3))

export const batchNormCases = (training: boolean): Case[] => {
  const mode = training ? 'training' : 'evaluation'
  return [
    { what: mode, inputs: normInputs, fn: norm({ training }) },
    { what: `${mode}, not affine`, inputs: [any(2, 3, 2, 2)], fn: norm({ training }) },
    { what: `${mode}, (N, C)`, inputs: [any(4, 3), positive(3), any(3)], fn: norm({ training }) },
    { what: `${mode}, relu`, inputs: normInputs, fn: norm({ training, relu: true }) },
    { what: `${mode}, residual`, inputs: [...normInputs, any(2, 3, 2, 2)], fn: norm({ training }) },
    {
      what: `${mode}, residual and relu`,
      inputs: [normInputs[0]!, smallWeight, normInputs[2]!, residual],
      fn: norm({ training, relu: true }),
    },
  ]
}
