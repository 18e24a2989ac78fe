import type { ActivationName, BinaryName, UnaryName } from '../backend.js'
import { broadcastShapes, broadcastStrides, sameShape } from '../shape.js'
import { forEachStrided, type HostArray, map, zerosLike, zipMap } from './hostArray.js'

const clamp6 = (x: number): number => Math.min(Math.max(x, 0), 6)

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

const unaryFunctions: Record<UnaryName, (x: number) => number> = {
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  square: (x) => x * x,
  relu: (x) => Math.max(x, 0),
  relu6: clamp6,
  sigmoid,
  tanh: Math.tanh,
  hardSigmoid: (x) => clamp6(x + 3) / 6,
  hardSwish: (x) => (x * clamp6(x + 3)) / 6,
  silu: (x) => x * sigmoid(x),
}

/** f′ in terms of the saved value: the output y for relu, sigmoid and tanh, the input x for the others. At a kink: 0. */
const derivatives: Record<ActivationName, (saved: number) => number> = {
  relu: (y) => (y > 0 ? 1 : 0),
  relu6: (x) => (x > 0 && x < 6 ? 1 : 0),
  sigmoid: (y) => y * (1 - y),
  tanh: (y) => 1 - y * y,
  hardSigmoid: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
  hardSwish: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6),
  silu: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
}

const binaryFunctions: Record<BinaryName, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
}

export const unary = (name: UnaryName, x: HostArray): HostArray => map(x, unaryFunctions[name])

export function activationGrad(name: ActivationName, dy: HostArray, saved: HostArray): HostArray {
  const derivative = derivatives[name]
  return zipMap(dy, saved, (g, s) => g * derivative(s))
}

export function binary(name: BinaryName, a: HostArray, b: HostArray): HostArray {
  const f = binaryFunctions[name]
  if (sameShape(a.shape, b.shape)) return zipMap(a, b, f)
  const shape = broadcastShapes(name, a.shape, b.shape)
  const out = zerosLike(a, shape)
  // Two passes of the same walk: first every a, then f(a, b).
  forEachStrided(shape, broadcastStrides(a.shape, shape), (offset, i) => {
    out.values[i] = a.values[offset]!
  })
  forEachStrided(shape, broadcastStrides(b.shape, shape), (offset, i) => {
    out.values[i] = f(out.values[i]!, b.values[offset]!)
  })
  return out
}
