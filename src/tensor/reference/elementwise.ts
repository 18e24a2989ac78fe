import {
  type ActivationName,
  type BinaryName,
  binaryFunctions,
  elementwise,
  slopes,
  type UnaryName,
} from '../elementwise.js'
import { broadcastShapes, broadcastStrides, sameShape } from '../shape.js'
import { forEachStrided, type HostArray, map, zerosLike, zipMap } from './hostArray.js'

function unary(name: UnaryName, x: HostArray, [a = 0, b = 0]: readonly number[] = []): HostArray {
  const { f } = elementwise[name]
  return map(x, (v) => f(v, a, b))
}

function activationGrad(
  name: ActivationName,
  dy: HostArray,
  saved: HostArray,
  [a = 0, b = 0]: readonly number[] = [],
): HostArray {
  const slope = slopes[name]
  return zipMap(dy, saved, (g, s) => g * slope(s, a, b))
}

function binary(name: BinaryName, a: HostArray, b: HostArray): HostArray {
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

const affine = (x: HostArray, scale: number, shift: number): HostArray => map(x, (v) => scale * v + shift)

const pow = (x: HostArray, exponent: number): HostArray => map(x, (v) => v ** exponent)

const clamp = (x: HostArray, low: number, high: number): HostArray => map(x, (v) => Math.min(Math.max(v, low), high))

const clampGrad = (dy: HostArray, x: HostArray, low: number, high: number): HostArray =>
  zipMap(dy, x, (g, v) => (v >= low && v <= high ? g : 0))

function where(condition: HostArray, a: HostArray | null, b: HostArray | null): HostArray {
  const out = zerosLike(condition, condition.shape)
  for (let i = 0; i < out.size; i++) out.values[i] = (condition.values[i] === 0 ? b : a)?.values[i] ?? 0
  return out
}

const addRelu = (a: HostArray, b: HostArray): HostArray => unary('relu', binary('add', a, b))

function accumulate(into: HostArray, x: HostArray): void {
  x.values.forEach((v, i) => {
    into.values[i]! += v
  })
}

function scale({ values }: HostArray, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i]! *= factor
}

export const elementwiseOperations = {
  unary,
  activationGrad,
  binary,
  affine,
  pow,
  clamp,
  clampGrad,
  where,
  addRelu,
  accumulate,
  scale,
}
