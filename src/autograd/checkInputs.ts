/**
 * Inputs for gradient checks. They lie much farther from the kinks of an operation (relu at 0, two equal maxima) than a check's step,
 * by construction.
 */
import { tensor } from '../tensor/create.js'
import type { Generator } from '../tensor/random.js'
import { type Shape, sizeOf } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'

/** Makes one input; it has a gradient. */
export type Maker = (generator: Generator) => Tensor

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
export const any = (...shape: number[]): Maker => make(shape, (g) => between(g, -1, 1))

/** Values in [0.5, 1.5). */
export const positive = (...shape: number[]): Maker => make(shape, (g) => between(g, 0.5, 1.5))

/** Values in [0.5, 1.5) and (−1.5, −0.5] in turn: far from 0, and with a mean near 0. */
export const twoSided = (...shape: number[]): Maker =>
  make(shape, (g, i) => (i % 2 === 0 ? 1 : -1) * between(g, 0.5, 1.5))

/** Values in [−3, −2) and (2, 3] in turn: none near one of `any`. */
export const apart = (...shape: number[]): Maker => make(shape, (g, i) => (i % 2 === 0 ? 1 : -1) * between(g, 2, 3))

/** Whole and half numbers, shuffled and each only once: no two maxima are equal. */
export const distinct =
  (...shape: number[]): Maker =>
  (generator) => {
    const order = generator.shuffle(Float64Array.from({ length: sizeOf(shape) }, (_, i) => i / 2))
    return tensor(order, shape, { requiresGrad: true })
  }

/** Values spread over every piece of a function with these kinks, none nearer to a kink than 0.1. */
export const around = (kinks: readonly number[], ...shape: number[]): Maker => {
  const edges = [kinks[0]! - 2, ...kinks, kinks.at(-1)! + 2]
  return make(shape, (g, i) => {
    const piece = i % (edges.length - 1)
    return between(g, edges[piece]! + 0.1, edges[piece + 1]! - 0.1)
  })
}

export const scaled = (factor: number, maker: Maker): Maker => {
  return (generator) => {
    const x = maker(generator)
    return x.set(x.values.map((v) => factor * v))
  }
}
