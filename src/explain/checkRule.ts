import type { TapeNode } from '../autograd/op.js'
import { exact, exactInput, rerunner } from '../autograd/replay.js'
import { compareSlope } from '../autograd/slope.js'
import { scopeWith } from '../tensor/memory.js'
import type { NdArray } from '../tensor/ndarray.js'
import { Generator } from '../tensor/random.js'
import type { Shape } from '../tensor/shape.js'
import { positionOf } from './arrayView.js'
import type { ElementCheck } from './explanation.js'

/** Which elements of an array are checked, unless told how many: all of a small one, a few of another. */
const small = 16
const few = 3

/** How near to the differences a gradient is expected in its precision; only what is farther off is looked at more closely. */
export const enoughIn = { float32: 2e-5, float64: 1e-8 }

const nothing = () => []

/**
 * Compare what a node's rule gave with differences of Σ dy · y by each input, with dy held.
 * @param samples how many elements of each: the one with the largest gradient, then random ones
 * @returns for each input, null where it has no gradient
 */
export function checkRule(
  node: TapeNode,
  dy: NdArray,
  gradients: readonly (NdArray | null)[],
  samples: number | undefined,
): (ElementCheck[] | null)[] {
  return scopeWith(() => {
    const inputs = node.inputs.map((_, i) => exactInput(node, i))
    const weights = dy.backend.read(dy)
    const run = rerunner(node)
    const outputWith = (i: number, values: ArrayLike<number>): ArrayLike<number> =>
      scopeWith(() => exact.read(run(inputs.with(i, exact.fromValues(values, inputs[i]!.shape)))), nothing)
    return gradients.map((gradient, i) => {
      if (!gradient) return null
      const { backend, shape } = gradient
      const enough = enoughIn[backend.dtype]
      const f = (values: ArrayLike<number>) => outputWith(i, values)
      return checkElements(f, exact.read(inputs[i]!), backend.read(gradient), shape, { weights, enough, samples })
    })
  }, nothing)
}

/** Compare derivatives of Σ weight · f by some elements of x with differences. */
export function checkElements(
  f: (values: ArrayLike<number>) => ArrayLike<number>,
  x: ArrayLike<number>,
  gradient: ArrayLike<number>,
  shape: Shape,
  options: { weights: ArrayLike<number>; enough: number; samples: number | undefined },
): ElementCheck[] {
  const largest = indexOfLargest(gradient)
  // What is small beside the largest gradient is not known to more digits than that one, and 0 not to more than weights · f.
  const floor = Math.max(1e-3 * Math.abs(gradient[largest]!), 1e-6 * norm(options.weights))
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
