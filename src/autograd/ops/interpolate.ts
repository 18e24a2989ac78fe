import type { ResizedAxis } from '../../tensor/backend.js'
import { GhostgradError, ShapeError, showShape } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import type { Pair } from './window.js'

/** What the operation is called with. */
export interface InterpolateCall {
  rows: ResizedAxis
  columns: ResizedAxis
  mode: 'nearest' | 'bilinear'
  alignCorners: boolean
  /** How many times as high and as wide, where that was asked for. */
  scales: readonly [number, number] | null
}

const interpolateOp = defineOp({
  name: 'interpolate',
  rule: 'dx = dy of each new place, dealt out by its shares',
  forward: ([x], { rows, columns }: InterpolateCall, { backend }) => ({
    out: backend.resize2d(x!, rows, columns),
    saved: { xShape: x!.shape },
  }),
  backward: (dy, { xShape }, { backend, options: { rows, columns } }) => [
    backend.resize2dGrad(dy, rows, columns, xShape),
  ],
})

/** What size planes get, and how. Either `size` or `scaleFactor`. */
export interface InterpolateOptions {
  /** Height and width of the result. */
  size?: Pair | undefined
  /** How many times as high and as wide; the size is rounded down. */
  scaleFactor?: Pair | undefined
  /** The nearest place above and to the left, or the mean of four by distance. Default: nearest. */
  mode?: 'nearest' | 'bilinear' | undefined
  /**
   * Bilinear: whether the centres of the corner pixels stay corners (true), or the borders stay borders (false,
   * default).
   */
  alignCorners?: boolean | undefined
}

/**
 * Planes in another size, as torch.nn.functional.interpolate.
 * @param x (N, C, H, W)
 * @returns (N, C, …size)
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const { size, scaleFactor, mode = 'nearest', alignCorners = false } = options
  if (x.rank !== 4) throw new ShapeError(`interpolate: expected input (N, C, H, W), got ${showShape(x.shape)}`)
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new GhostgradError('interpolate: expected either size or scaleFactor')
  }
  if (mode !== 'nearest' && mode !== 'bilinear') {
    throw new GhostgradError(`interpolate: expected mode nearest or bilinear, got ${JSON.stringify(mode)}`)
  }
  if (alignCorners && mode === 'nearest') {
    throw new GhostgradError('interpolate: alignCorners is an option of mode bilinear; leave it out for nearest')
  }
  const plane = x.shape.slice(2) as [number, number]
  const scales = scaleFactor === undefined ? null : both(scaleFactor)
  const sizes = scales ? plane.map((n, d) => Math.floor(n * scales[d]!)) : both(size!)
  if (sizes.length !== 2 || !sizes.every((n) => Number.isInteger(n) && n >= 1)) {
    throw new ShapeError(
      `interpolate: expected a plane of at least 1 × 1, got size ${JSON.stringify(sizes)} for ${showShape(plane)}`,
    )
  }
  const axis = (d: 0 | 1): ResizedAxis => {
    const step = scales ? 1 / scales[d] : plane[d] / sizes[d]!
    if (mode === 'nearest') return nearest(plane[d], sizes[d]!, step)
    return alignCorners ? aligned(plane[d], sizes[d]!) : linear(plane[d], sizes[d]!, step)
  }
  return interpolateOp([x], { rows: axis(0), columns: axis(1), mode, alignCorners, scales })
}

const both = (value: Pair): readonly [number, number] => (typeof value === 'number' ? [value, value] : value)

/** Place ⌊i · step⌋, in single precision as PyTorch computes it. */
function nearest(input: number, outputs: number, step: number): ResizedAxis {
  const single = Math.fround(step)
  const first = Array.from({ length: outputs }, (_, i) => Math.min(Math.floor(Math.fround(i * single)), input - 1))
  return { first, second: first, share: first.map(() => 0) }
}

/** Between the two places around each of these, as far as there are two. */
function between(input: number, places: readonly number[]): ResizedAxis {
  const first = places.map((place) => Math.min(Math.floor(place), input - 1))
  const second = first.map((place) => Math.min(place + 1, input - 1))
  return { first, second, share: places.map((place, i) => (second[i] === first[i] ? 0 : place - first[i]!)) }
}

/** The centre of new pixel i is (i + ½) · step pixels from the border of the old plane. */
const linear = (input: number, outputs: number, step: number): ResizedAxis =>
  between(
    input,
    Array.from({ length: outputs }, (_, i) => Math.max(0, (i + 0.5) * step - 0.5)),
  )

/** The first and the last place stay what they are. */
const aligned = (input: number, outputs: number): ResizedAxis =>
  between(
    input,
    Array.from({ length: outputs }, (_, i) => (outputs === 1 ? 0 : (i * (input - 1)) / (outputs - 1))),
  )
