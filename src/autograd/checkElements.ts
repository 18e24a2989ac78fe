import { Generator } from '../tensor/random.js'
import { positionOf, type Shape } from '../tensor/shape.js'
import { compareSlope, type Slope } from './slope.js'

/** A derivative beside differences, and where: the position along each axis. */
export interface ElementCheck extends Slope {
  index: number[]
}

/** Which elements of an array are checked, unless told how many: all of a small one, a few of another. */
const small = 16
const few = 3

/** How near to the differences a gradient is expected in its precision; only what is farther off is looked at more closely. */
export const enoughIn = { float32: 2e-5, float64: 1e-8 }

/**
 * Compare derivatives of Σ weight · f by some elements of x with differences.
 * @param options.floor errors of smaller derivatives are relative to this; by default it follows from the gradient
 */
export function checkElements(
  f: (values: ArrayLike<number>) => ArrayLike<number>,
  x: ArrayLike<number>,
  gradient: ArrayLike<number>,
  shape: Shape,
  options: { weights: ArrayLike<number>; enough: number; samples: number | undefined; floor?: number },
): ElementCheck[] {
  const largest = indexOfLargest(gradient)
  // What is small beside the largest gradient is not known to more digits than that one, and 0 not to more than weights · f.
  const { floor = Math.max(1e-3 * Math.abs(gradient[largest]!), 1e-6 * norm(options.weights)) } = options
  const moved = Float64Array.from(x)
  return elementsToCheck(x.length, largest, options.samples).map((index) => {
    const at = (value: number): ArrayLike<number> => {
      moved[index] = value
      const y = f(moved)
      moved[index] = x[index]!
      return y
    }
    return { index: positionOf(index, shape), ...compareSlope(at, x[index]!, gradient[index]!, { ...options, floor }) }
  })
}

function elementsToCheck(size: number, largest: number, samples: number = size <= small ? small : few): number[] {
  if (size <= samples) return Array.from({ length: size }, (_, index) => index)
  const generator = new Generator(size)
  const chosen = new Set([largest])
  while (chosen.size < samples) chosen.add(generator.integer(size))
  return [...chosen]
}

function indexOfLargest(values: ArrayLike<number>): number {
  let largest = 0
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]!) > Math.abs(values[largest]!)) largest = i
  return largest
}

const norm = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0))
