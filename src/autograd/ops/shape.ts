import { ShapeError, showShape } from '../../tensor/errors.js'
import {
  broadcastShapes,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  resolveReshape,
  type Shape,
  sameShape,
  sizeOf,
} from '../../tensor/shape.js'
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

const unit = (shape: Shape): number[] => shape.map(() => 1)

/** The same elements in another shape; one size may be −1. */
export const reshape = (x: Tensor, shape: Shape): Tensor => reshapeOp([x], { shape: resolveReshape(x.shape, shape) })

/** Merge the axes from `startAxis` to `endAxis` into one: (N, C, H, W) → (N, C · H · W). A scalar becomes (1,). */
export function flatten(x: Tensor, startAxis = 1, endAxis = -1): Tensor {
  if (x.rank === 0) return reshape(x, [1])
  const [start, end] = [normalizeAxis('flatten', startAxis, x.rank), normalizeAxis('flatten', endAxis, x.rank)]
  if (start > end) throw new ShapeError(`flatten: expected startAxis before endAxis, got ${startAxis} and ${endAxis}`)
  const merged = sizeOf(x.shape.slice(start, end + 1))
  return reshape(x, [...x.shape.slice(0, start), merged, ...x.shape.slice(end + 1)])
}

/** Take out the axes of size 1: all of them, or those of `axes` that are. */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  const named = Array.isArray(axes) && axes.length === 0 ? [] : normalizeAxes('squeeze', axes, x.rank)
  return reshape(
    x,
    x.shape.filter((n, axis) => n !== 1 || !named.includes(axis)),
  )
}

/** Put in an axis of size 1, which is then axis `axis` of the result. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  return reshape(x, x.shape.toSpliced(normalizeAxis('unsqueeze', axis, x.rank + 1), 0, 1))
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
  const rank = Math.max(x.rank, 1) // a scalar passes for one of one axis
  const [i, j] = [normalizeAxis('transpose', a, rank), normalizeAxis('transpose', b, rank)]
  return permute(
    x,
    x.shape.map((_, axis) => (axis === i ? j : axis === j ? i : axis)),
  )
}

/** Repeat along axes of size 1, and along new leading axes, until the shape is `sizes`; −1 keeps an axis as it is. */
export function expand(x: Tensor, sizes: Shape): Tensor {
  const lead = sizes.length - x.rank
  const shape = sizes.map((n, axis) => (n === -1 && axis >= lead ? x.shape[axis - lead]! : n))
  checkShape('expand', shape)
  if (!sameShape(broadcastShapes('expand', x.shape, shape), shape)) {
    throw new ShapeError(`expand: ${showShape(x.shape)} cannot be repeated to ${showShape(shape)}`)
  }
  return expandOp([x], { shape })
}

/** Join tensors along `axis`; all other sizes are equal. As in PyTorch, tensors of shape (0,) are passed over. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const filled = tensors.filter((x) => x.rank !== 1 || x.size > 0)
  const xs = filled.length > 0 ? filled : tensors.slice(0, 1)
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

/** Join tensors of one shape along a new axis, which is then axis `axis` of the result. */
export function stack(xs: readonly Tensor[], axis = 0): Tensor {
  if (xs.length === 0) throw new ShapeError('stack: expected at least one tensor, got none')
  if (xs.some((x) => !sameShape(x.shape, xs[0]!.shape))) {
    throw new ShapeError(`stack: expected tensors of one shape, got ${xs.map((x) => showShape(x.shape)).join(' and ')}`)
  }
  const at = normalizeAxis('stack', axis, xs[0]!.rank + 1)
  return concat(
    xs.map((x) => unsqueeze(x, at)),
    at,
  )
}

/**
 * Cut along `axis`.
 * @param sizes of all parts, which add up to the axis; or of each, where the last may be smaller
 */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const a = normalizeAxis('split', axis, x.rank)
  const total = x.shape[a]!
  const parts = typeof sizes === 'number' ? equalParts(total, sizes) : sizes
  const fits = parts.every((n) => Number.isInteger(n) && n >= 0) && parts.reduce((sum, n) => sum + n, 0) === total
  if (!fits) {
    throw new ShapeError(
      `split: expected a whole size above 0, or sizes that add up to the ${total} of axis ${a}, got ${JSON.stringify(sizes)}`,
    )
  }
  let start = 0
  return parts.map((n) => {
    const ranges = x.shape.map((_, i): Range => (i === a ? [start, start + n] : null))
    start += n
    return slice(x, ranges)
  })
}

/** One part, which may be empty, at least. */
const equalParts = (total: number, size: number): number[] =>
  size > 0
    ? Array.from({ length: Math.max(1, Math.ceil(total / size)) }, (_, i) => Math.min(size, total - i * size))
    : []

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
