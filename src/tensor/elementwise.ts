/**
 * Elementwise operations of one array and of two, a row for each. The rest follows: the names that backends know, the loops of the readable
 * backend, the kernels that are called, what autograd saves and says, gradient checks, expressions, ONNX.
 */

/** One operation y = f(x), or f(x; a, b) with constants for the whole array. */
export interface Elementwise {
  /** f. Where f(0) is not 0, a backend that pads batches clears the padding. */
  readonly f: (x: number, a: number, b: number) => number
  /** The constants a and b by name, with what they usually are; the kernels of an operation that has them take both. */
  readonly constants?: Readonly<Record<string, number>>
  /**
   * f′ as a function of what autograd saves. Operations that have it are the activations: each backend has one pass for dy · f′, the
   * kernel of which is called like the operation with `Backward` behind.
   */
  readonly slope?: (saved: number, a: number, b: number) => number
  /** What autograd saves for the gradient. */
  readonly saves?: 'x' | 'y'
  /** The gradient in mathematics. */
  readonly rule?: string
  /** Where f′ jumps: gradient checks stay away from there. */
  readonly kinks?: readonly number[]
  /** Whether f is for positive numbers only. */
  readonly positive?: boolean
  /** The operator of ONNX that is the same, without attributes. */
  readonly onnx?: string
}

const clamp6 = (x: number): number => Math.min(Math.max(x, 0), 6)

/** The constants a and b of a row, where nothing else is said. */
export const usual = ({ constants = {} }: Elementwise): [a: number, b: number] => {
  const [a = 0, b = 0] = Object.values(constants)
  return [a, b]
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** erf x = 2 / √π · e^(−x²) · Σ 2ⁿ · x²ⁿ⁺¹ / (1 · 3 · … · (2n + 1)): all terms have one sign  (Abramowitz and Stegun 7.1.6) */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  let sum = x
  for (let n = 1, term = x; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** Distribution function and density of the normal distribution. */
const normalCdf = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2
const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)

/** √(2/π) · (x + 0.044715 x³), for the approximate gelu, and its derivative. */
const geluCubic = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)
const geluCubicSlope = (x: number): number => Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2)

const table = {
  neg: { f: (x) => -x },
  sign: { f: Math.sign },
  exp: { f: Math.exp, saves: 'y', rule: 'dx = dy · y', onnx: 'Exp' },
  log: { f: Math.log, saves: 'x', rule: 'dx = dy / x', positive: true, onnx: 'Log' },
  sqrt: { f: Math.sqrt, saves: 'y', rule: 'dx = dy / 2y', positive: true, onnx: 'Sqrt' },
  abs: { f: Math.abs, saves: 'x', rule: 'dx = dy · sign(x)', kinks: [0], onnx: 'Abs' },
  square: { f: (x) => x * x, saves: 'x', rule: 'dx = 2x · dy' },
  relu: {
    f: (x) => Math.max(x, 0),
    slope: (y) => (y > 0 ? 1 : 0),
    saves: 'y',
    rule: 'dx = dy where y > 0',
    kinks: [0],
    onnx: 'Relu',
  },
  relu6: {
    f: clamp6,
    slope: (x) => (x > 0 && x < 6 ? 1 : 0),
    saves: 'x',
    rule: 'dx = dy where 0 < x < 6',
    kinks: [0, 6],
  },
  sigmoid: {
    f: sigmoid,
    slope: (y) => y * (1 - y),
    saves: 'y',
    rule: 'dx = dy · y · (1 − y)',
    onnx: 'Sigmoid',
  },
  tanh: {
    f: Math.tanh,
    slope: (y) => 1 - y * y,
    saves: 'y',
    rule: 'dx = dy · (1 − y²)',
    onnx: 'Tanh',
  },
  hardSigmoid: {
    f: (x) => clamp6(x + 3) / 6,
    slope: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
    saves: 'x',
    rule: 'dx = dy / 6 where −3 < x < 3',
    kinks: [-3, 3],
  },
  hardSwish: {
    f: (x) => (x * clamp6(x + 3)) / 6,
    slope: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6),
    saves: 'x',
    rule: 'dx = dy · h, h = 0 for x ≤ −3, 1 for x ≥ 3, else (2x + 3) / 6',
    kinks: [-3, 3],
    onnx: 'HardSwish',
  },
  silu: {
    f: (x) => x * sigmoid(x),
    slope: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
    saves: 'x',
    rule: 'dx = dy · s · (1 + x · (1 − s)), s = sigmoid(x)',
  },
  gelu: {
    f: (x) => x * normalCdf(x),
    slope: (x) => normalCdf(x) + x * normalDensity(x),
    saves: 'x',
    rule: 'dx = dy · (Φ(x) + x · φ(x)), Φ and φ of the normal distribution',
  },
  geluTanh: {
    f: (x) => (x / 2) * (1 + Math.tanh(geluCubic(x))),
    slope: (x) => {
      const t = Math.tanh(geluCubic(x))
      return (1 + t + x * (1 - t * t) * geluCubicSlope(x)) / 2
    },
    saves: 'x',
    rule: 'dx = dy · (1 + t + x · (1 − t²) · √(2/π) · (1 + 0.134145 x²)) / 2, t = tanh(√(2/π) · (x + 0.044715 x³))',
  },
  leakyRelu: {
    f: (x, negativeSlope) => (x > 0 ? x : negativeSlope * x),
    constants: { negativeSlope: 0.01 },
    slope: (x, negativeSlope) => (x > 0 ? 1 : negativeSlope),
    saves: 'x',
    rule: 'dx = dy where x > 0, else negativeSlope · dy',
    kinks: [0],
  },
  elu: {
    f: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
    constants: { alpha: 1 },
    slope: (x, alpha) => (x > 0 ? 1 : alpha * Math.exp(x)),
    saves: 'x',
    rule: 'dx = dy where x > 0, else α · eˣ · dy',
    kinks: [0],
  },
  softplus: {
    f: (x, beta, threshold) => {
      const z = beta * x
      return z > threshold ? x : (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))) / beta
    },
    constants: { beta: 1, threshold: 20 },
    slope: (x, beta, threshold) => (beta * x > threshold ? 1 : sigmoid(beta * x)),
    saves: 'x',
    rule: 'dx = dy · sigmoid(βx), or dy where βx > threshold',
  },
} satisfies Record<string, Elementwise>

/** Elementwise functions of one array. */
export type UnaryName = keyof typeof table

type With<Column extends keyof Elementwise> = {
  [Name in UnaryName]: (typeof table)[Name] extends { [K in Column]: unknown } ? Name : never
}[UnaryName]

/** Activations: elementwise functions whose gradient is a primitive of its own. */
export type ActivationName = With<'slope'>

/** Elementwise functions with a rule, which can be called on tensors. */
export type ElementwiseName = With<'rule'>

export const elementwise: { readonly [Name in UnaryName]: Elementwise } = table

/** The activations with their slopes. */
export const slopes = Object.fromEntries(
  Object.entries<Elementwise>(table).flatMap(([name, { slope }]) => (slope ? [[name, slope]] : [])),
) as { readonly [Name in ActivationName]: NonNullable<Elementwise['slope']> }

/** The names of the operations that have a rule. */
export const elementwiseNames = Object.entries<Elementwise>(table)
  .filter(([, { rule }]) => rule)
  .map(([name]) => name) as ElementwiseName[]

/** Elementwise functions of two arrays, which broadcast. Where f(0, 0) is not 0, a backend that pads batches clears the padding. */
export const binaryFunctions = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  power: (a: number, b: number) => a ** b,
  maximum: (a: number, b: number) => Math.max(a, b),
  minimum: (a: number, b: number) => Math.min(a, b),
  /** 1 where a > b, −1 where a < b, else 0. */
  compare: (a: number, b: number) => (a > b ? 1 : a < b ? -1 : 0),
}

/** Elementwise operations of two arrays. */
export type BinaryName = keyof typeof binaryFunctions
