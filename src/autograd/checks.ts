/**
 * The gradient check of every operation, as data. The table is total: an operation without a check does not compile.
 *
 * Inputs lie farther from the kinks of an operation (relu at 0, two equal maxima) than the check's step of 1e-4, by
 * construction; that is what the makers are for.
 */
import { withBackend } from '../tensor/backend.js'
import { full, tensor } from '../tensor/create.js'
import { Generator } from '../tensor/random.js'
import { ReferenceBackend } from '../tensor/reference/referenceBackend.js'
import { type Shape, sizeOf } from '../tensor/shape.js'
import { scope, type Tensor } from '../tensor/tensor.js'
import * as F from './functional.js'
import { gradcheck } from './gradcheck.js'

/** Makes one input; it has a gradient. */
export type Maker = (generator: Generator) => Tensor

interface Case {
  /** What this case adds to the others of its operation. */
  what?: string
  inputs: readonly Maker[]
  fn: (...inputs: Tensor[]) => Tensor
}

const make = (shape: Shape, value: (generator: Generator, index: number) => number): Maker => {
  return (generator) =>
    tensor(
      Array.from({ length: sizeOf(shape) }, (_, i) => value(generator, i)),
      shape,
      { requiresGrad: true },
    )
}

const between = (generator: Generator, low: number, high: number): number => low + (high - low) * generator.uniform()

/** Values in [−1, 1). */
const any = (...shape: number[]): Maker => make(shape, (g) => between(g, -1, 1))

/** Values in [0.5, 1.5). */
const positive = (...shape: number[]): Maker => make(shape, (g) => between(g, 0.5, 1.5))

/** Values in [0.5, 1.5) and (−1.5, −0.5] in turn: far from 0, and with a mean near 0. */
const twoSided = (...shape: number[]): Maker => make(shape, (g, i) => (i % 2 === 0 ? 1 : -1) * between(g, 0.5, 1.5))

/** Whole and half numbers, shuffled and each only once: no two maxima are equal. */
const distinct =
  (...shape: number[]): Maker =>
  (generator) => {
    const order = generator.shuffle(Float64Array.from({ length: sizeOf(shape) }, (_, i) => i / 2))
    return tensor(order, shape, { requiresGrad: true })
  }

/** Values spread over every piece of a function with these kinks, none nearer to a kink than 0.1. */
const around = (kinks: readonly number[], ...shape: number[]): Maker => {
  const edges = [kinks[0]! - 2, ...kinks, kinks.at(-1)! + 2]
  return make(shape, (g, i) => {
    const piece = i % (edges.length - 1)
    return between(g, edges[piece]! + 0.1, edges[piece + 1]! - 0.1)
  })
}

const scaled = (factor: number, maker: Maker): Maker => {
  return (generator) => {
    const x = maker(generator)
    return x.set(x.values.map((v) => factor * v))
  }
}

/** The four ways in which the operands of a binary operation meet. */
const binary = (f: (a: Tensor, b: Tensor | number) => Tensor, b: (...shape: number[]) => Maker): Case[] => [
  { inputs: [any(2, 3), b(2, 3)], fn: f },
  { what: 'broadcast (2, 3) with (3,)', inputs: [any(2, 3), b(3)], fn: f },
  { what: 'broadcast (2, 1, 4) with (3, 1)', inputs: [any(2, 1, 4), b(3, 1)], fn: f },
  { what: 'broadcast () with (2, 2)', inputs: [any(), b(2, 2)], fn: f },
  { what: 'number', inputs: [any(2, 3)], fn: (x) => f(x!, 3) },
]

const unary = (f: (x: Tensor) => Tensor, x: (...shape: number[]) => Maker): Case[] => [{ inputs: [x(3, 4)], fn: f }]

const reduction = (f: typeof F.sum, x: (...shape: number[]) => Maker): Case[] => [
  { what: 'all axes', inputs: [x(2, 3)], fn: (x) => f(x!) },
  { what: 'axis −1', inputs: [x(2, 3)], fn: (x) => f(x!, -1) },
  { what: 'axes 0, 2 and 3', inputs: [x(2, 3, 2, 2)], fn: (x) => f(x!, [0, 2, 3]) },
  { what: 'axis 1, kept', inputs: [x(2, 3, 2)], fn: (x) => f(x!, 1, true) },
]

const conv = (what: string, x: Shape, weight: Shape, options: F.Conv2dOptions = {}): Case => ({
  what,
  inputs: [any(...x), any(...weight)],
  fn: (x, w) => F.conv2d(x!, w!, options),
})

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

const batchNormCases = (training: boolean): Case[] => {
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

const table: { [Name in keyof typeof F]: readonly Case[] } = {
  add: binary(F.add, any),
  // |a| ≥ 2 and |b| ≤ 1: no sum comes near the kink.
  addRelu: [{ inputs: [scaled(4, twoSided(3, 4)), any(3, 4)], fn: (a, b) => F.addRelu(a!, b!) }],
  sub: binary(F.sub, any),
  mul: binary(F.mul, any),
  div: binary(F.div, twoSided),
  neg: unary(F.neg, any),
  pow: [
    { what: 'square', inputs: [any(3, 4)], fn: (x) => F.pow(x!, 2) },
    { what: 'cube', inputs: [any(3, 4)], fn: (x) => F.pow(x!, 3) },
    { what: 'reciprocal', inputs: [twoSided(3, 4)], fn: (x) => F.pow(x!, -1) },
    { what: 'exponent 1.7', inputs: [positive(3, 4)], fn: (x) => F.pow(x!, 1.7) },
    { what: 'exponent 0', inputs: [any(3, 4)], fn: (x) => F.pow(x!, 0) },
  ],
  exp: unary(F.exp, any),
  log: unary(F.log, positive),
  sqrt: unary(F.sqrt, positive),
  square: unary(F.square, any),
  abs: unary(F.abs, twoSided),
  relu: unary(F.relu, twoSided),
  relu6: unary(F.relu6, (...shape) => around([0, 6], ...shape)),
  sigmoid: unary(F.sigmoid, any),
  tanh: unary(F.tanh, any),
  hardSigmoid: unary(F.hardSigmoid, (...shape) => around([-3, 3], ...shape)),
  hardSwish: unary(F.hardSwish, (...shape) => around([-3, 3], ...shape)),
  matmul: [
    { inputs: [any(3, 4), any(4, 2)], fn: F.matmul },
    { what: 'batched', inputs: [any(2, 2, 3), any(2, 3, 2)], fn: F.matmul },
  ],
  linear: [
    { inputs: [any(3, 4), any(2, 4), any(2)], fn: F.linear },
    { what: 'no bias', inputs: [any(3, 4), any(2, 4)], fn: (x, w) => F.linear(x!, w!) },
  ],
  conv2d: [
    conv('3×3, padding 1', [2, 2, 4, 5], [3, 2, 3, 3], { padding: 1 }),
    {
      what: 'bias',
      inputs: [any(2, 2, 4, 3), any(3, 2, 3, 3), any(3)],
      fn: (x, w, bias) => F.conv2d(x!, w!, { bias: bias!, padding: 1 }),
    },
    conv('no padding', [1, 2, 5, 4], [2, 2, 3, 2]),
    conv('stride 2', [1, 2, 5, 6], [2, 2, 3, 3], { stride: 2, padding: 1 }),
    conv('stride (1, 3), padding (2, 0)', [1, 1, 4, 8], [2, 1, 3, 3], { stride: [1, 3], padding: [2, 0] }),
    conv('dilation 2', [1, 2, 6, 5], [2, 2, 3, 3], { dilation: 2, padding: 2 }),
    conv('dilation (2, 1), stride (1, 2)', [1, 1, 6, 5], [1, 1, 3, 3], { dilation: [2, 1], stride: [1, 2] }),
    conv('1×1', [2, 3, 3, 2], [4, 3, 1, 1]),
    conv('1×1, stride 2', [1, 3, 4, 5], [2, 3, 1, 1], { stride: 2 }),
    conv('5×5', [1, 1, 6, 5], [2, 1, 5, 5], { padding: 2 }),
    conv('groups', [1, 4, 3, 4], [6, 2, 3, 3], { groups: 2, padding: 1 }),
    conv('depthwise', [2, 3, 4, 4], [3, 1, 3, 3], { groups: 3, padding: 1 }),
    conv('depthwise, stride 2', [1, 3, 5, 4], [3, 1, 3, 3], { groups: 3, padding: 1, stride: 2 }),
    conv('depthwise, multiplier 2', [1, 2, 4, 3], [4, 1, 3, 3], { groups: 2, padding: 1 }),
    conv('depthwise, dilation 2', [1, 2, 5, 5], [2, 1, 3, 3], { groups: 2, padding: 2, dilation: 2 }),
  ],
  batchNorm: [...batchNormCases(true), ...batchNormCases(false)],
  maxPool2d: [
    { what: '2×2', inputs: [distinct(2, 2, 4, 5)], fn: (x) => F.maxPool2d(x!, 2) },
    {
      what: 'overlapping, padded',
      inputs: [distinct(1, 2, 5, 6)],
      fn: (x) => F.maxPool2d(x!, 3, { stride: 2, padding: 1 }),
    },
    { what: '2×3, stride 1', inputs: [distinct(1, 1, 4, 5)], fn: (x) => F.maxPool2d(x!, [2, 3], { stride: 1 }) },
  ],
  avgPool2d: [
    { what: '2×2', inputs: [any(2, 2, 4, 5)], fn: (x) => F.avgPool2d(x!, 2) },
    {
      what: 'overlapping, padded',
      inputs: [any(1, 2, 5, 6)],
      fn: (x) => F.avgPool2d(x!, 3, { stride: 2, padding: 1 }),
    },
    {
      what: 'padding not counted',
      inputs: [any(1, 2, 5, 6)],
      fn: (x) => F.avgPool2d(x!, [3, 2], { stride: 2, padding: 1, countIncludePad: false }),
    },
  ],
  adaptiveAvgPool2d: [
    { what: 'global', inputs: [any(2, 2, 3, 4)], fn: (x) => F.adaptiveAvgPool2d(x!, 1) },
    { what: 'uneven windows', inputs: [any(1, 2, 5, 7)], fn: (x) => F.adaptiveAvgPool2d(x!, [2, 3]) },
    { what: 'larger than the input', inputs: [any(1, 1, 3, 2)], fn: (x) => F.adaptiveAvgPool2d(x!, [4, 3]) },
  ],
  sum: reduction(F.sum, any),
  mean: reduction(F.mean, any),
  max: reduction(F.max, distinct),
  softmax: [
    { inputs: [any(3, 4)], fn: (x) => F.softmax(x!) },
    { what: 'axis 1 of 3', inputs: [any(2, 3, 2)], fn: (x) => F.softmax(x!, 1) },
  ],
  logSoftmax: [
    { inputs: [any(3, 4)], fn: (x) => F.logSoftmax(x!) },
    { what: 'axis 0', inputs: [any(4, 2)], fn: (x) => F.logSoftmax(x!, 0) },
  ],
  crossEntropy: [
    { inputs: [any(3, 4)], fn: (x) => F.crossEntropy(x!, [2, 0, 3]) },
    { what: 'label smoothing', inputs: [any(3, 4)], fn: (x) => F.crossEntropy(x!, [2, 0, 3], { labelSmoothing: 0.1 }) },
  ],
  mseLoss: [{ inputs: [any(2, 3), any(2, 3)], fn: F.mseLoss }],
  dropout: [
    { inputs: [any(3, 4)], fn: (x) => F.dropout(x!, 0.4, { training: true, generator: new Generator(1) }) },
    { what: 'evaluation', inputs: [any(3, 4)], fn: (x) => F.mul(F.dropout(x!, 0.4, { training: false }), 2) },
  ],
  reshape: [{ inputs: [any(2, 6)], fn: (x) => F.reshape(x!, [3, -1]) }],
  flatten: [{ inputs: [any(2, 3, 2)], fn: (x) => F.flatten(x!) }],
  permute: [{ inputs: [any(2, 3, 4)], fn: (x) => F.permute(x!, [2, 0, 1]) }],
  transpose: [{ inputs: [any(2, 3, 2)], fn: (x) => F.transpose(x!, 0, 1) }],
  expand: [{ inputs: [any(2, 1, 3)], fn: (x) => F.expand(x!, [2, 2, 4, 3]) }],
  concat: [
    { what: 'axis 0', inputs: [any(2, 3), any(1, 3), any(3, 3)], fn: (...xs) => F.concat(xs) },
    { what: 'axis 1', inputs: [any(2, 1, 2), any(2, 3, 2)], fn: (...xs) => F.concat(xs, 1) },
  ],
  slice: [
    { inputs: [any(4, 5)], fn: (x) => F.slice(x!, [[1, 3], null]) },
    {
      what: 'steps',
      inputs: [any(5, 6)],
      fn: (x) =>
        F.slice(x!, [
          [0, 5, 2],
          [-5, undefined, 3],
        ]),
    },
  ],
  pad: [
    {
      inputs: [any(2, 3)],
      fn: (x) =>
        F.pad(
          x!,
          [
            [1, 0],
            [2, 1],
          ],
          0.5,
        ),
    },
  ],
}

export interface Check {
  /** The function of `functional.ts`. */
  op: string
  /** The function and what is special about this check: `conv2d: stride 2`. */
  name: string
  inputs: readonly Maker[]
  fn: (...inputs: Tensor[]) => Tensor
}

/** Every check, in the order of the table. */
export const checks: readonly Check[] = Object.entries<readonly Case[]>(table).flatMap(([op, cases]) =>
  cases.map(({ what, inputs, fn }) => ({ op, name: what ? `${op}: ${what}` : op, inputs, fn })),
)

export interface CheckRow {
  name: string
  /** As `GradcheckResult.worst`; below 1e-6 for a right rule. */
  worstError: number
  /** Which input has the worst error, and at which row-major index. */
  input: number
  index: number
}

/** Run the checks that `filter` accepts on the float64 reference backend. */
export function runChecks(filter: (check: Check) => boolean = () => true): CheckRow[] {
  return withBackend(new ReferenceBackend('float64'), () => checks.filter(filter).map(runCheck))
}

function runCheck({ name, inputs, fn }: Check): CheckRow {
  return scope(() => {
    const generator = new Generator(0)
    const { worst, where } = gradcheck(
      fn,
      inputs.map((maker) => maker(generator)),
    )
    return { name, worstError: worst, ...where }
  })
}
