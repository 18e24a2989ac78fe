import type { NdArray } from '../tensor/ndarray.js'
import { type Shape, sizeOf } from '../tensor/shape.js'
import type { ArrayView } from './explanation.js'

/** Arrays of up to this many numbers are kept whole. */
const most = 64

export const viewOf = (x: NdArray): ArrayView => viewOfValues(x.backend.read(x), x.shape)

export function viewOfValues(values: ArrayLike<number>, shape: Shape): ArrayView {
  let [sum, squares, min, max] = [0, 0, Infinity, -Infinity]
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!
    sum += v
    squares += v * v
    min = Math.min(min, v)
    max = Math.max(max, v)
  }
  return {
    shape: [...shape],
    values: values.length <= most ? Array.from(values) : null,
    mean: sum / values.length,
    min,
    max,
    norm: Math.sqrt(squares),
  }
}

/** Four significant digits: `0.5`, `-12.35`, `1.2e-7`. */
export function showNumber(v: number): string {
  const short = Number(v.toPrecision(4))
  const isPlain = short === 0 || (Math.abs(short) >= 1e-4 && Math.abs(short) < 1e7)
  return isPlain || !Number.isFinite(short) ? String(short) : short.toExponential().replace('e+', 'e')
}

/** `[[1, 2], [3, 4]]` */
export function showValues(values: ArrayLike<number>, shape: Shape): string {
  const nest = (axis: number, start: number, size: number): string => {
    if (axis === shape.length) return showNumber(values[start]!)
    const step = size / shape[axis]!
    return `[${Array.from({ length: shape[axis]! }, (_, i) => nest(axis + 1, start + i * step, step)).join(', ')}]`
  }
  return nest(0, 0, sizeOf(shape))
}

/** Up to `few` numbers as they are, of more what they come to: `mean 0.1, max 2, norm 5`. */
export function showArray({ shape, values, mean, max, norm }: ArrayView, few = 6): string {
  if (values && values.length <= few) return showValues(values, shape)
  return `mean ${showNumber(mean)}, max ${showNumber(max)}, norm ${showNumber(norm)}`
}
