import type { FloatArray } from '../ndarray.js'
import { broadcastStrides, type Shape, sizeOf, stridesOf } from '../shape.js'
import { forEachStrided, HostArray, zerosLike } from './hostArray.js'

/** The same numbers under another shape; nothing is copied. */
const reshape = (x: HostArray, shape: Shape): HostArray => new HostArray(shape, x.values, x.backend, x.block)

/** out[i] = x[offset], walking x by the given strides. */
function gather(x: HostArray, shape: Shape, strides: readonly number[], start = 0): HostArray {
  const out = zerosLike(x, shape)
  forEachStrided(shape, strides, (offset, i) => {
    out.values[i] = x.values[start + offset]!
  })
  return out
}

function permute(x: HostArray, axes: readonly number[]): HostArray {
  const strides = stridesOf(x.shape)
  return gather(
    x,
    axes.map((axis) => x.shape[axis]!),
    axes.map((axis) => strides[axis]!),
  )
}

const broadcastTo = (x: HostArray, shape: Shape): HostArray => gather(x, shape, broadcastStrides(x.shape, shape))

/** Where a slice starts, and the strides along which it walks, in an array of `shape`. */
function sliceWalk(shape: Shape, starts: readonly number[], steps: readonly number[]): [number, number[]] {
  const strides = stridesOf(shape)
  const start = starts.reduce((sum, s, axis) => sum + s * strides[axis]!, 0)
  return [start, strides.map((stride, axis) => stride * steps[axis]!)]
}

function slice(x: HostArray, starts: readonly number[], sizes: Shape, steps: readonly number[]): HostArray {
  const [start, strides] = sliceWalk(x.shape, starts, steps)
  return gather(x, sizes, strides, start)
}

function embed(
  x: HostArray,
  shape: Shape,
  starts: readonly number[],
  steps: readonly number[],
  fill: number,
): HostArray {
  const out = zerosLike(x, shape)
  if (fill !== 0) out.values.fill(fill)
  const [start, strides] = sliceWalk(shape, starts, steps)
  forEachStrided(x.shape, strides, (offset, i) => {
    out.values[start + offset] = x.values[i]!
  })
  return out
}

function concat(xs: readonly HostArray[], axis: number): HostArray {
  const first = xs[0]!
  const total = xs.reduce((sum, x) => sum + x.shape[axis]!, 0)
  const shape = first.shape.map((n, a) => (a === axis ? total : n))
  const out = zerosLike(first, shape)
  const outer = sizeOf(shape.slice(0, axis))
  const outRow = sizeOf(shape.slice(axis))
  let column = 0
  for (const x of xs) {
    const row = sizeOf(x.shape.slice(axis))
    for (let i = 0; i < outer; i++) out.values.set(x.values.subarray(i * row, (i + 1) * row), i * outRow + column)
    column += row
  }
  return out
}

const copy = (x: HostArray): HostArray => new HostArray(x.shape, x.values.slice(), x.backend)

const read = (x: HostArray): FloatArray => x.values.slice()

function write(x: HostArray, values: ArrayLike<number>): void {
  x.values.set(values)
}

export const shapeOperations = { copy, read, write, reshape, permute, broadcastTo, slice, embed, concat }
