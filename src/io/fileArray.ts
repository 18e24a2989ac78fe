import { DataError, showShape } from '../tensor/errors.js'
import { type Shape, sizeOf, stridesOf } from '../tensor/shape.js'
import type { StateValue } from '../tensor/stateDict.js'
import { type DtypeName, isFloat, type NumberArray } from './dtypes.js'

/** An array as a file holds it, in C order. */
export interface FileArray {
  readonly dtype: DtypeName
  readonly shape: Shape
  readonly data: NumberArray
}

/** As an entry of a state dict: floats rounded to float32, whole numbers (exact up to 2^24) and truth values called I64. */
export const toStateValue = ({ dtype, shape, data }: FileArray): StateValue => ({
  dtype: isFloat(dtype) ? 'F32' : 'I64',
  shape,
  data: data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number | bigint>, Number),
})

/** An entry of a state dict as an array that a file can hold. @throws DataError if the numbers are not what they are called */
export function fromStateValue(name: string, { dtype, shape, data }: StateValue): FileArray {
  if (data.length !== sizeOf(shape)) {
    throw new DataError(`tensor "${name}": shape ${showShape(shape)} needs ${sizeOf(shape)} values, got ${data.length}`)
  }
  if (dtype === 'F32') return { dtype, shape, data }
  const fraction = data.find((v) => !Number.isInteger(v))
  if (fraction !== undefined) throw new DataError(`tensor "${name}": I64 holds whole numbers, got ${fraction}`)
  return { dtype, shape, data: BigInt64Array.from(data, BigInt) }
}

/** The numbers at offset + Σ index · stride, in C order. The caller has checked that all of them are there. */
export function gather(data: NumberArray, shape: Shape, strides: readonly number[], offset = 0): NumberArray {
  const size = sizeOf(shape)
  const contiguous = stridesOf(shape)
  if (strides.every((step, axis) => step === contiguous[axis] || shape[axis] === 1)) {
    return data.slice(offset, offset + size)
  }
  const out = new (data.constructor as new (length: number) => NumberArray)(size)
  const index = shape.map(() => 0)
  let from = offset
  for (let to = 0; to < size; to++) {
    out[to] = data[from]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return out
}
