import { GhostgradError, ShapeError, showShape } from '../../tensor/errors.js'
import { hostStep } from '../../tensor/recording.js'
import { normalizeAxis, positionOf, type Shape, sizeOf, stridesOf } from '../../tensor/shape.js'
import { type NestedArray, Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'

export interface IndexOptions {
  axis: number
  /** Along the axis. */
  index: Int32Array
  /** Of the result. */
  shape: Shape
  /** The runs of numbers, as `takeRows` counts them, that the result consists of. */
  rows: Int32Array
}

const selectOp = defineOp({
  name: 'indexSelect',
  rule: 'dx[…, index[i], …] = Σ dy[…, i, …] over the i with this index',
  forward: ([x], { rows, shape }: IndexOptions, { backend }) => ({
    out: backend.takeRows(x!, rows, shape),
    saved: { shape: x!.shape },
  }),
  backward: (dy, { shape }, { backend, options: { rows } }) => [backend.addRows(dy, rows, shape)],
})

const gatherOp = defineOp({
  name: 'gather',
  rule: 'dx[…, index[i], …] = Σ dy[i] over the places i with this index',
  forward: ([x], { rows, shape }: IndexOptions, { backend }) => ({
    out: backend.takeRows(x!, rows, shape),
    saved: { shape: x!.shape },
  }),
  backward: (dy, { shape }, { backend, options: { rows } }) => [backend.addRows(dy, rows, shape)],
})

/**
 * The parts of x at these places of an axis, as torch.index_select: y[…, i, …] = x[…, index[i], …].
 * @param index whole numbers from 0 to the size of the axis − 1; any may occur several times
 */
export function indexSelect(x: Tensor, axis: number, index: ArrayLike<number>): Tensor {
  const a = normalizeAxis('indexSelect', axis, Math.max(x.rank, 1))
  const size = x.shape[a] ?? 1
  const outer = sizeOf(x.shape.slice(0, a))
  const places = new Int32Array(index.length)
  const rows = new Int32Array(outer * index.length)
  hostStep(() => {
    setPlaces('indexSelect', places, index, size)
    for (let i = 0; i < rows.length; i++) {
      rows[i] = Math.floor(i / places.length) * size + places[i % places.length]!
    }
  })
  const shape = x.rank === 0 ? [] : x.shape.with(a, index.length)
  if (x.rank === 0 && index.length !== 1) {
    throw new ShapeError(`indexSelect: expected one index into a scalar, got ${index.length}`)
  }
  return selectOp([x], { axis: a, index: places, shape, rows })
}

/**
 * One number of x for each place of the index, as torch.gather: y[i, j] = x[index[i, j], j] for axis 0, x[i, index[i, j]] for axis 1.
 * @param index of as many axes as x, none of them longer but `axis`: whole numbers from 0 to the size of the axis − 1
 * @returns of the shape of the index
 */
export function gather(x: Tensor, axis: number, index: NestedArray | Tensor): Tensor {
  const a = normalizeAxis('gather', axis, Math.max(x.rank, 1))
  const { values, shape } = numbersOf(index)
  const [from, to] = [atLeastOneAxis(x.shape), atLeastOneAxis(shape)]
  const fits = to.length === from.length && to.every((n, i) => i === a || n <= from[i]!)
  if (!fits && values.length > 0) {
    throw new ShapeError(
      `gather: expected an index of as many axes as ${showShape(x.shape)}, none longer but axis ${a}, got ${showShape(shape)}`,
    )
  }
  const places = new Int32Array(values.length)
  const rows = new Int32Array(values.length)
  const strides = stridesOf(from)
  hostStep(() => {
    setPlaces('gather', places, numbersOf(index).values, from[a]!)
    for (let i = 0; i < rows.length; i++) {
      rows[i] = positionOf(i, to).reduce((sum, p, k) => sum + (k === a ? places[i]! : p) * strides[k]!, 0)
    }
  })
  return gatherOp([x], { axis: a, index: places, shape, rows })
}

/** A scalar passes for an array of one axis. */
const atLeastOneAxis = (shape: Shape): Shape => (shape.length === 0 ? [1] : shape)

/** The numbers of an index, flat, and its shape. */
function numbersOf(index: NestedArray | Tensor): { values: ArrayLike<number>; shape: number[] } {
  if (index instanceof Tensor) return { values: index.values, shape: [...index.shape] }
  const shape: number[] = []
  for (let level: NestedArray | undefined = index; Array.isArray(level); level = level[0]) shape.push(level.length)
  const values = Array.isArray(index) ? ((index as unknown[]).flat(Number.POSITIVE_INFINITY) as number[]) : [index]
  if (values.length !== sizeOf(shape))
    throw new ShapeError('gather: expected an index of nested arrays of equal length')
  return { values, shape }
}

function setPlaces(op: string, places: Int32Array, index: ArrayLike<number>, size: number): void {
  for (let i = 0; i < places.length; i++) {
    const place = index[i]!
    if (!Number.isInteger(place) || place < 0 || place >= size) {
      throw new GhostgradError(`${op}: expected whole numbers from 0 to ${size - 1}, got ${place} (index ${i})`)
    }
    places[i] = place
  }
}
