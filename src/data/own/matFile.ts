import { inflateSync } from 'node:zlib'
import { DataError } from '../../tensor/errors.js'

/** A numeric array of a MATLAB file: the first axis varies fastest. */
export interface MatArray {
  shape: readonly number[]
  data: Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array
}

/** Types of data elements, by their number (MAT-File Format, MathWorks 2024, table 1-1). */
const kinds = {
  1: Int8Array,
  2: Uint8Array,
  3: Int16Array,
  4: Uint16Array,
  5: Int32Array,
  6: Uint32Array,
  7: Float32Array,
  9: Float64Array,
} as const

const matrixType = 14
const compressedType = 15

/** What a compressed element may hold unpacked, bytes. */
const maxBytes = 2 ** 31 - 1

interface Element {
  type: number
  data: Uint8Array
  /** Where the next one begins. */
  end: number
}

/**
 * The numeric arrays of a MATLAB file of level 5 (versions 5 to 7), by name; others, and those inside structures, are passed over.
 * @throws DataError if it is of another version or damaged
 */
export function readMat(bytes: Uint8Array, name: string): Map<string, MatArray> {
  if (
    Buffer.from(bytes.subarray(1, 4)).toString('latin1') === 'HDF' ||
    /7\.3 MAT/.test(textOf(bytes.subarray(0, 116)))
  ) {
    throw new DataError(`${name}: a MATLAB file of version 7.3, which is not read: save it by save('-v7', …)`)
  }
  const isLittle = bytes[126] === 0x49 && bytes[127] === 0x4d // IM
  if (bytes.length < 128 || !/^MATLAB 5\.0/.test(textOf(bytes.subarray(0, 116))) || !isLittle) {
    throw new DataError(`${name}: not a MATLAB file of versions 5 to 7, little-endian`)
  }
  const arrays = new Map<string, MatArray>()
  for (let at = 128; at < bytes.length; ) {
    const element = elementAt(bytes, at, name)
    at = element.end
    const inner = element.type === compressedType ? elementAt(inflate(element.data, name), 0, name) : element
    if (inner.type !== matrixType) continue
    const found = matrixOf(inner.data, name)
    if (found) arrays.set(...found)
  }
  return arrays
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

function inflate(data: Uint8Array, name: string): Uint8Array {
  try {
    return inflateSync(data, { maxOutputLength: maxBytes })
  } catch (error) {
    throw new DataError(`${name}: cannot be unpacked (${(error as Error).message})`)
  }
}

/** Tag and data of an element; up to four bytes of data lie in the tag itself. */
function elementAt(bytes: Uint8Array, at: number, name: string): Element {
  const cut = new DataError(`${name}: cut short or damaged at byte ${at}`)
  if (at + 8 > bytes.length) throw cut
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = view.getUint32(at, true)
  const small = word >>> 16
  if (small > 4) throw cut
  if (small > 0) return { type: word & 0xffff, data: bytes.subarray(at + 4, at + 4 + small), end: at + 8 }
  const size = view.getUint32(at + 4, true)
  const start = at + 8
  if (start + size > bytes.length) throw cut
  const padded = word === compressedType ? size : Math.ceil(size / 8) * 8
  return { type: word, data: bytes.subarray(start, start + size), end: start + padded }
}

/** Numbers of a matrix with its name; null for what is no real numeric array. */
function matrixOf(data: Uint8Array, name: string): [string, MatArray] | null {
  const flags = elementAt(data, 0, name)
  const kind = flags.data[0] ?? 0
  const isComplex = ((flags.data[1] ?? 0) & 0x08) !== 0
  if (kind < 6 || kind > 13 || isComplex) return null // cells, structures, texts, sparse ones
  const dims = elementAt(data, flags.end, name)
  const title = elementAt(data, dims.end, name)
  const shape = [...numbersOf(dims, name)]
  const values = numbersOf(elementAt(data, title.end, name), name)
  const size = shape.reduce((product, n) => product * n, 1)
  if (shape.some((n) => n < 0) || size !== values.length) {
    throw new DataError(
      `${name}: "${textOf(title.data)}" has ${values.length} values for the shape ${shape.join(' × ')}`,
    )
  }
  return [textOf(title.data), { shape, data: values }]
}

function numbersOf({ type, data }: Element, name: string): MatArray['data'] {
  if (!(type in kinds)) throw new DataError(`${name}: numbers of type ${type} are not read`)
  const kind = kinds[type as keyof typeof kinds]
  if (data.length % kind.BYTES_PER_ELEMENT !== 0) throw new DataError(`${name}: cut short or damaged`)
  if (kind === Uint8Array) return data
  return new kind(Uint8Array.from(data).buffer)
}
