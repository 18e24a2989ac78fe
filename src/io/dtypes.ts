/** The number formats of files, by safetensors' names. Several lie in one array type of JavaScript's; half floats become float32. */
import { sizeOf } from '../tensor/shape.js'

/** An array of numbers of any kind. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array

interface Dtype<A extends NumberArray = NumberArray> {
  /** Bytes of one number. */
  readonly bytes: number
  readonly array: { new (length: number): A; new (buffer: ArrayBuffer): A }
  readonly read: (view: DataView, at: number, littleEndian: boolean) => A[number]
}

const dtype = <A extends NumberArray>(bytes: number, array: Dtype<A>['array'], read: Dtype<A>['read']): Dtype<A> => ({
  bytes,
  array,
  read,
})

export const dtypes = {
  I64: dtype(8, BigInt64Array, (view, at, little) => view.getBigInt64(at, little)),
  U64: dtype(8, BigUint64Array, (view, at, little) => view.getBigUint64(at, little)),
  F64: dtype(8, Float64Array, (view, at, little) => view.getFloat64(at, little)),
  F32: dtype(4, Float32Array, (view, at, little) => view.getFloat32(at, little)),
  I32: dtype(4, Int32Array, (view, at, little) => view.getInt32(at, little)),
  U32: dtype(4, Uint32Array, (view, at, little) => view.getUint32(at, little)),
  BF16: dtype(2, Float32Array, (view, at, little) => fromBfloat16(view.getUint16(at, little))),
  F16: dtype(2, Float32Array, (view, at, little) => fromFloat16(view.getUint16(at, little))),
  I16: dtype(2, Int16Array, (view, at, little) => view.getInt16(at, little)),
  U16: dtype(2, Uint16Array, (view, at, little) => view.getUint16(at, little)),
  I8: dtype(1, Int8Array, (view, at) => view.getInt8(at)),
  U8: dtype(1, Uint8Array, (view, at) => view.getUint8(at)),
  BOOL: dtype(1, Uint8Array, (view, at) => (view.getUint8(at) === 0 ? 0 : 1)),
} as const

/** Kinds of numbers in files, by the names of safetensors. */
export type DtypeName = keyof typeof dtypes

export const isDtypeName = (name: unknown): name is DtypeName => typeof name === 'string' && Object.hasOwn(dtypes, name)

export const isFloat = (name: DtypeName): boolean => name.includes('F')

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Decode `count` numbers from byte `begin` on; the bytes have been checked to be there. */
export function readNumbers(
  name: DtypeName,
  bytes: Uint8Array,
  begin: number,
  count: number,
  littleEndian = true,
): NumberArray {
  const { bytes: step, array, read } = dtypes[name] as Dtype
  const own = Uint8Array.from(bytes.subarray(begin, begin + count * step))
  const numbers = new array(count)
  if (littleEndian === hostIsLittleEndian && numbers.byteLength === own.length && name !== 'BOOL') {
    return new array(own.buffer)
  }
  const view = new DataView(own.buffer)
  for (let i = 0; i < count; i++) numbers[i] = read(view, i * step, littleEndian)
  return numbers
}

/** The bytes of the numbers, little-endian. */
export function toBytes(numbers: NumberArray): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  if (hostIsLittleEndian) return bytes
  const size = numbers.BYTES_PER_ELEMENT
  return bytes.map((_, i) => bytes[i - (i % size) + (size - 1 - (i % size))]!)
}

/** Bytes that an array of this dtype and shape takes. */
export const byteLength = (name: DtypeName, shape: readonly number[]): number => sizeOf(shape) * dtypes[name].bytes

/** 1 sign, 5 exponent and 10 fraction bits (IEEE 754 binary16). */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

const word = new DataView(new ArrayBuffer(4))

/** The upper half of a float32. */
function fromBfloat16(bits: number): number {
  word.setUint32(0, bits << 16)
  return word.getFloat32(0)
}
