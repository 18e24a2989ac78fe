import { reducedShape, stridesOf } from '../shape.js'
import { forEachStrided, type HostArray, zerosLike } from './hostArray.js'

/** Strides that lead each element of `x` to its group in the reduced array (0 along reduced axes). */
function groupStrides(x: HostArray, axes: readonly number[]): number[] {
  const strides = stridesOf(reducedShape(x.shape, axes, true))
  return strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride))
}

/** Sums in double precision, rounded once at the end. */
function sum(x: HostArray, axes: readonly number[], keepDims: boolean): HostArray {
  const out = zerosLike(x, reducedShape(x.shape, axes, keepDims))
  const sums = new Float64Array(out.size)
  forEachStrided(x.shape, groupStrides(x, axes), (group, i) => {
    sums[group]! += x.values[i]!
  })
  out.values.set(sums)
  return out
}

function max(x: HostArray, axes: readonly number[], keepDims: boolean): HostArray {
  const out = zerosLike(x, reducedShape(x.shape, axes, keepDims))
  out.values.fill(-Infinity)
  forEachStrided(x.shape, groupStrides(x, axes), (group, i) => {
    const value = x.values[i]!
    if (value > out.values[group]! || Number.isNaN(value)) out.values[group] = value
  })
  return out
}

/** dy goes to the first largest element of its group. */
function maxGrad(dy: HostArray, x: HostArray, axes: readonly number[]): HostArray {
  const strides = groupStrides(x, axes)
  const best = new Int32Array(dy.size).fill(-1)
  forEachStrided(x.shape, strides, (group, i) => {
    if (best[group] === -1 || x.values[i]! > x.values[best[group]!]!) best[group] = i
  })
  const dx = zerosLike(x, x.shape)
  best.forEach((i, group) => {
    dx.values[i] = dy.values[group]!
  })
  return dx
}

function sumOfSquares({ values }: HostArray): number {
  let sum = 0
  for (const v of values) sum += v * v
  return sum
}

export const reduceOperations = { sum, max, maxGrad, sumOfSquares }
