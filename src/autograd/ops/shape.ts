import { ShapeError, showShape } from '../../tensor/errors.js'
import { broadcastShapes, normalizeAxis, resolveReshape, type Shape, sameShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'

const reshapeOp = defineOp({
  name: 'reshape',
  rule: 'dx = dy in the shape of x',
  forward: ([x], { shape }: { shape: Shape }, { backend }) => ({
    out: backend.reshape(x!, shape),
    saved: { shape: x!.shape },
  }),
  backward: (dy, { shape }, { backend }) => [backend.reshape(dy, shape)],
})

const permuteOp = defineOp({
  name: 'permute',
  rule: 'dx = dy permuted back',
  forward: ([x], { axes }: { axes: readonly number[] }, { backend }) => ({
    out: backend.permute(x!, axes),
    saved: null,
  }),
  backward: (dy, _, { backend, options: { axes } }) => [
    backend.permute(
      dy,
      axes.map((_, axis) => axes.indexOf(axis)),
    ),
  ],
})

const expandOp = defineOp({
  name: 'expand',
  rule: 'dx = Σ dy over the repeated axes',
  forward: ([x], { shape }: { shape: Shape }, { backend }) => ({ out: backend.broadcastTo(x!, shape), saved: null }),
  backward: (dy) => [dy],
})

const concatOp = defineOp({
  name: 'concat',
  rule: 'dxᵢ = the part of dy that xᵢ became',
  forward: (xs, { axis }: { axis: number }, { backend }) => ({
    out: backend.concat(xs, axis),
    saved: { shapes: xs.map((x) => x.shape) },
  }),
  backward: (dy, { shapes }, { backend, options: { axis }, needs }) => {
    let start = 0
    return shapes.map((shape, i) => {
      const starts = shape.map((_, a) => (a === axis ? start : 0))
      start += shape[axis]!
      return needs[i] ? backend.slice(dy, starts, shape, unit(shape)) : null
    })
  },
})

export interface SliceOptions {
  starts: readonly number[]
  sizes: Shape
  steps: readonly number[]
}

const sliceOp = defineOp({
  name: 'slice',
  rule: 'dx = dy put back in place, 0 elsewhere',
  forward: ([x], { starts, sizes, steps }: SliceOptions, { backend }) => ({
    out: backend.slice(x!, starts, sizes, steps),
    saved: { shape: x!.shape },
  }),
  backward: (dy, { shape }, { backend, options: { starts, steps } }) => [backend.embed(dy, shape, starts, steps, 0)],
})

export interface PadOptions {
  before: readonly number[]
  /** Of the result. */
  shape: Shape
  value: number
}

const padOp = defineOp({
  name: 'pad',
  rule: 'dx = the inner part of dy',
  forward: ([x], { before, shape, value }: PadOptions, { backend }) => ({
    out: backend.embed(x!, shape, before, unit(shape), value),
    saved: { sizes: x!.shape },
  }),
  backward: (dy, { sizes }, { backend, options: { before } }) => [backend.slice(dy, before, sizes, unit(sizes))],
})

const unit = (shape: Shape): number[] => shape.map(() => 1)

/** The same elements in another shape; one size may be −1. */
export const reshape = (x: Tensor, shape: Shape): Tensor => reshapeOp([x], { shape: resolveReshape(x.shape, shape) })

/** Merge all axes from `startAxis` on into one: (N, C, H, W) → (N, C · H · W). */
export function flatten(x: Tensor, startAxis = 1): Tensor {
  const start = normalizeAxis('flatten', startAxis, x.rank)
  return reshape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start))])
}

/** Reorder the axes: axis i of the result is axis `axes[i]` of x. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const normal = axes.map((axis) => normalizeAxis('permute', axis, x.rank))
  if (normal.length !== x.rank || new Set(normal).size !== x.rank) {
    throw new ShapeError(`permute: expected each of the ${x.rank} axes once, got (${axes.join(', ')})`)
  }
  return permuteOp([x], { axes: normal })
}

/** Swap two axes. */
export function transpose(x: Tensor, a: number, b: number): Tensor {
  const [i, j] = [normalizeAxis('transpose', a, x.rank), normalizeAxis('transpose', b, x.rank)]
  return permute(
    x,
    x.shape.map((_, axis) => (axis === i ? j : axis === j ? i : axis)),
  )
}

/** Repeat along axes of size 1 until the shape is `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (!sameShape(broadcastShapes('expand', x.shape, shape), shape)) {
    throw new ShapeError(`expand: ${showShape(x.shape)} cannot be repeated to ${showShape(shape)}`)
  }
  return expandOp([x], { shape })
}

/** Join tensors along `axis`; all other sizes are equal. */
export function concat(xs: readonly Tensor[], axis = 0): Tensor {
  const first = xs[0]
  if (!first) throw new ShapeError('concat: expected at least one tensor, got none')
  const a = normalizeAxis('concat', axis, first.rank)
  for (const x of xs) {
    const fits = x.rank === first.rank && x.shape.every((n, i) => i === a || n === first.shape[i])
    if (!fits) {
      throw new ShapeError(
        `concat: expected sizes equal except at axis ${a}, got ${xs.map((t) => showShape(t.shape)).join(' and ')}`,
      )
    }
  }
  return concatOp(xs, { axis: a })
}

/** For one axis: null takes all of it; [start, end, step] as in Python, negative positions counted from the end. */
export type Range = null | readonly [start: number, end?: number | undefined, step?: number]

/** x[ranges]: missing ranges take the whole axis. */
export function slice(x: Tensor, ranges: readonly Range[]): Tensor {
  if (ranges.length > x.rank) {
    throw new ShapeError(`slice: got ${ranges.length} ranges for a tensor of shape ${showShape(x.shape)}`)
  }
  const resolved = x.shape.map((size, axis) => {
    const [start, end = size, step = 1] = ranges[axis] ?? [0]
    if (!Number.isInteger(step) || step < 1) throw new ShapeError(`slice: expected a positive whole step, got ${step}`)
    if (!Number.isInteger(start) || !Number.isInteger(end)) {
      throw new ShapeError(`slice: expected whole positions, got ${start} to ${end}`)
    }
    const from = Math.min(Math.max(start < 0 ? start + size : start, 0), size)
    const to = Math.min(Math.max(end < 0 ? end + size : end, from), size)
    return { start: from, size: Math.ceil((to - from) / step), step }
  })
  return sliceOp([x], {
    starts: resolved.map((r) => r.start),
    sizes: resolved.map((r) => r.size),
    steps: resolved.map((r) => r.step),
  })
}

/** Surround with `value`: one [before, after] pair an axis. */
export function pad(x: Tensor, pairs: readonly (readonly [number, number])[], value = 0): Tensor {
  if (pairs.length !== x.rank || pairs.flat().some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError(
      `pad: expected ${x.rank} pairs of whole non-negative sizes for shape ${showShape(x.shape)}, got ${JSON.stringify(pairs)}`,
    )
  }
  return padOp([x], {
    before: pairs.map(([before]) => before),
    shape: x.shape.map((n, axis) => n + pairs[axis]![0] + pairs[axis]![1]),
    value,
  })
}
