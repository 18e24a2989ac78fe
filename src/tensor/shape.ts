/** Arithmetic on shapes; no data is touched here. */
import { ShapeError, showShape } from './errors.js'

/** Sizes of the axes. */
export type Shape = readonly number[]

/** Number of elements; 1 for the shape () of a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1)

/** Row-major strides in elements: the last axis is contiguous. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis]!
  }
  return strides
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i])

/** Refuse anything but whole, non-negative sizes. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape)) throw new ShapeError(`${op}: expected a shape, an array such as [2, 3], got ${shape}`)
  if (!shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(`${op}: expected a shape of whole non-negative sizes, got ${showShape(shape)}`)
  }
}

/**
 * The shape that two operands broadcast to: aligned at the last axis, where each pair of sizes is equal or one of them is 1
 * (https://pytorch.org/docs/stable/notes/broadcasting.html).
 */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  const out = new Array<number>(rank)
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1
    const n = b[b.length - i] ?? 1
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(
        `${op}: cannot broadcast ${showShape(a)} with ${showShape(b)}: sizes ${m} and ${n} at axis ${-i} differ and neither is 1`,
      )
    }
    out[rank - i] = m === 1 ? n : m
  }
  return out
}

/** Strides that read an array of `shape` as if it had shape `target`: 0 along every axis that is repeated. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape)
  const lead = target.length - shape.length
  return target.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : strides[axis - lead]!))
}

/** A non-negative axis from one that may count from the end (−1 is the last). */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw new ShapeError(`${op}: expected an axis from ${-rank} to ${rank - 1}, got ${axis}`)
  }
  return normal
}

/** Sorted, distinct axes; all of them where none are given. A scalar passes for an array of one axis: 0 and −1 name none. */
export function normalizeAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  const named = typeof axes === 'number' ? [axes] : (axes ?? [])
  const list = named.map((axis) => normalizeAxis(op, axis, Math.max(rank, 1)))
  if (list.length === 0 || rank === 0) return Array.from({ length: rank }, (_, axis) => axis)
  const unique = [...new Set(list)].sort((a, b) => a - b)
  if (unique.length !== list.length) throw new ShapeError(`${op}: the axes (${list.join(', ')}) name one axis twice`)
  return unique
}

/** The shape after reducing `axes`: they become 1 (`keepDims`) or vanish. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return shape.map((n, axis) => (axes.includes(axis) ? 1 : n))
  return shape.filter((_, axis) => !axes.includes(axis))
}

/** The axes along which `from` was repeated to become `to`, in terms of `to`. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length
  return to.flatMap((n, axis) => (axis < lead || (from[axis - lead] === 1 && n !== 1) ? [axis] : []))
}

/** Fill in one −1 of a requested shape and check that the sizes agree. */
export function resolveReshape(from: Shape, to: Shape): number[] {
  const size = sizeOf(from)
  const unknown = to.filter((n) => n === -1).length
  const known = to.reduce((product, n) => (n === -1 ? product : product * n), 1)
  const shape = to.map((n) => (n === -1 ? size / known : n))
  if (unknown > 1 || sizeOf(shape) !== size || !shape.every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(`reshape: ${showShape(from)} with ${size} elements cannot become ${showShape(to)}`)
  }
  return shape
}

/** Windows of `kernel` cells, `dilation` apart, that fit into `size` cells plus padding on both sides. */
export const windowCount = (size: number, kernel: number, stride: number, padding: number, dilation: number): number =>
  Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1

interface Sliding {
  stride: readonly [number, number]
  padding: readonly [number, number]
}

interface Pooling extends Sliding {
  kernel: readonly [number, number]
  /** Default (1, 1). */
  dilation?: readonly [number, number]
  ceilMode?: boolean | undefined
}

/** (N, C, H, W) and (K, C / groups, R, S) → (N, K, H′, W′) */
export function convOutputShape(x: Shape, w: Shape, o: Sliding & { dilation: readonly [number, number] }): number[] {
  return [
    x[0]!,
    w[0]!,
    windowCount(x[2]!, w[2]!, o.stride[0], o.padding[0], o.dilation[0]),
    windowCount(x[3]!, w[3]!, o.stride[1], o.padding[1], o.dilation[1]),
  ]
}

/** (N, C, H, W) → (N, C, H′, W′) */
export function poolOutputShape(x: Shape, { kernel, stride, padding, dilation = [1, 1], ceilMode }: Pooling): number[] {
  const windows = (d: 0 | 1): number => {
    const size = x[2 + d]!
    const whole = windowCount(size, kernel[d], stride[d], padding[d], dilation[d])
    if (!ceilMode) return whole
    const begun = windowCount(size + stride[d] - 1, kernel[d], stride[d], padding[d], dilation[d])
    // A window that would begin in the padding behind the input has nothing to look at.
    return (begun - 1) * stride[d] >= size + padding[d] ? begun - 1 : begun
  }
  return [x[0]!, x[1]!, windows(0), windows(1)]
}

/** Row-major index → position along each axis. */
export function positionOf(index: number, shape: Shape): number[] {
  const position = new Array<number>(shape.length)
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    position[axis] = index % shape[axis]!
    index = Math.floor(index / shape[axis]!)
  }
  return position
}
