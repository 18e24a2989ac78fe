/** The number formats of safetensors that can be read, little-endian. */
interface Dtype {
  /** Bytes of one number. */
  readonly bytes: number
  readonly read: (view: DataView, at: number) => number
  /** What the numbers are once read: floats, or whole numbers. */
  readonly kind: 'F32' | 'I64'
}

export const dtypes = {
  I64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)), kind: 'I64' },
  F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true), kind: 'F32' },
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true), kind: 'F32' },
  I32: { bytes: 4, read: (view, at) => view.getInt32(at, true), kind: 'I64' },
  BF16: { bytes: 2, read: (view, at) => fromBfloat16(view.getUint16(at, true)), kind: 'F32' },
  F16: { bytes: 2, read: (view, at) => fromFloat16(view.getUint16(at, true)), kind: 'F32' },
  U8: { bytes: 1, read: (view, at) => view.getUint8(at), kind: 'I64' },
} as const satisfies Record<string, Dtype>

export type DtypeName = keyof typeof dtypes

export const isDtypeName = (name: unknown): name is DtypeName => typeof name === 'string' && Object.hasOwn(dtypes, name)

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
