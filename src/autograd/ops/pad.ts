import { ShapeError, showShape } from '../../tensor/errors.js'
import type { Shape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { indexSelect } from './indexing.js'
import { type Range, slice } from './shape.js'

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

/** Where a place beyond an axis of `size` gets its number from. */
const sources = {
  /** Mirrored at the first and the last place: 2 1 | 0 1 2 | 1 0. At most size − 1 places on each side. */
  reflect: (place: number, size: number): number =>
    place < 0 ? -place : place < size ? place : 2 * (size - 1) - place,
  /** The first and the last place again and again: 0 0 | 0 1 2 | 2 2. */
  replicate: (place: number, size: number): number => Math.min(Math.max(place, 0), size - 1),
  /** From the other end: 1 2 | 0 1 2 | 0 1. At most `size` places on each side. */
  circular: (place: number, size: number): number => (place + size) % size,
}

/** How `pad` continues a tensor beyond its ends. */
export type PadMode = keyof typeof sources

/** How many places a mode can add on each side of an axis. */
const most = (mode: PadMode, size: number): number =>
  mode === 'reflect' ? size - 1 : mode === 'circular' ? size : size > 0 ? Number.POSITIVE_INFINITY : 0

/**
 * Make longer, as torch.nn.functional.pad.
 * @param pairs one [before, after] an axis; negative numbers cut off
 * @param filling a number to surround with (default 0), or where its numbers come from: `reflect` (2 1 | 0 1 2 | 1 0), `replicate`
 *   (0 0 | 0 1 2 | 2 2), `circular` (1 2 | 0 1 2 | 0 1)
 */
export function pad(x: Tensor, pairs: readonly (readonly [number, number])[], filling: number | PadMode = 0): Tensor {
  const shape = x.shape.map((n, axis) => n + (pairs[axis]?.[0] ?? 0) + (pairs[axis]?.[1] ?? 0))
  if (pairs.length !== x.rank || !pairs.flat().every(Number.isInteger) || shape.some((n) => n < 0)) {
    throw new ShapeError(
      `pad: expected ${x.rank} pairs of whole sizes for shape ${showShape(x.shape)}, got ${JSON.stringify(pairs)}`,
    )
  }
  return typeof filling === 'number' ? surround(x, pairs, filling) : continued(x, pairs, filling)
}

function surround(x: Tensor, pairs: readonly (readonly [number, number])[], value: number): Tensor {
  const inner = cropped(x, pairs)
  const before = pairs.map(([n]) => Math.max(n, 0))
  const shape = inner.shape.map((n, axis) => n + before[axis]! + Math.max(pairs[axis]![1], 0))
  return padOp([inner], { before, shape, value })
}

/** What negative numbers leave. */
function cropped(x: Tensor, pairs: readonly (readonly [number, number])[]): Tensor {
  const cut = pairs.map(([before, after], axis): Range => [Math.max(-before, 0), x.shape[axis]! - Math.max(-after, 0)])
  return pairs.flat().some((n) => n < 0) ? slice(x, cut) : x
}

function continued(x: Tensor, pairs: readonly (readonly [number, number])[], mode: PadMode): Tensor {
  // What is cut off may be reflected all the same, but does not come round, in PyTorch.
  const inner = mode === 'circular' ? cropped(x, pairs) : x
  let y = inner
  pairs.forEach((pair, axis) => {
    const [before, after] = mode === 'circular' ? (pair.map((n) => Math.max(n, 0)) as [number, number]) : pair
    if (before === 0 && after === 0) return
    const size = inner.shape[axis]!
    if (before > most(mode, size) || after > most(mode, size)) {
      throw new ShapeError(
        `pad: "${mode}" adds at most ${most(mode, size)} places to axis ${axis} of ${showShape(inner.shape)}, got ${JSON.stringify([before, after])}`,
      )
    }
    const places = Array.from({ length: size + before + after }, (_, i) => sources[mode](i - before, size))
    y = indexSelect(y, axis, places)
  })
  return y
}
