/**
 * NumPy's arrays in files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): a magic, the length of a header, the
 * header (a dict of Python's with the type, the order of the axes and the shape), and the numbers. Nothing in it is run.
 */
import { DataError, showShape } from '../tensor/errors.js'
import { type Shape, sizeOf, stridesOf } from '../tensor/shape.js'
import { type DtypeName, dtypes, readNumbers, toBytes } from './dtypes.js'
import { type FileArray, gather } from './fileArray.js'

const magic = Buffer.from('\x93NUMPY', 'latin1')

/** NumPy's codes for types of numbers, without the byte order. */
export const numpyCodes: Readonly<Record<string, DtypeName>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u8: 'U64',
  u4: 'U32',
  u2: 'U16',
  u1: 'U8',
  b1: 'BOOL',
}

/**
 * The array in a `.npy` file, versions 1 to 3, of numbers or truth values in either byte order and either order of axes; the result is in
 * C order.
 * @param file names the file in errors
 * @throws DataError if the file is damaged, or holds something else (text, dates, complex numbers, records, Python objects)
 */
export function decodeNpy(bytes: Uint8Array, file: string): FileArray {
  const refuse: Refuse = (problem) => {
    throw new DataError(`${file}: not a valid npy file: ${problem}`)
  }
  const { text, dataStart } = readHeader(bytes, refuse)
  const { dtype, littleEndian } = parseType(text, refuse)
  const shape = parseShape(text, refuse)
  const [found, expected] = [bytes.length - dataStart, sizeOf(shape) * dtypes[dtype].bytes]
  if (found !== expected) {
    refuse(`${dtype} of shape ${showShape(shape)} needs ${expected} bytes, ${found} follow its header`)
  }
  const data = readNumbers(dtype, bytes, dataStart, sizeOf(shape), littleEndian)
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1] ?? refuse('the header says nothing of fortran_order')
  return { dtype, shape, data: order === 'True' ? gather(data, shape, fortranStrides(shape)) : data }
}

/**
 * What the first bytes of a `.npy` file say, for readers that take its numbers in parts.
 * @param file names the file in errors
 * @throws DataError if they are not the head of one
 */
export function npyHead(
  bytes: Uint8Array,
  file: string,
): { descr: string; shape: number[]; isFortran: boolean; dataStart: number } {
  const refuse: Refuse = (problem) => {
    throw new DataError(`${file}: not a valid npy file: ${problem}`)
  }
  const { text, dataStart } = readHeader(bytes, refuse)
  const descr =
    /'descr': *'([^']*)'/.exec(text)?.[1] ?? refuse('expected one type in the header, got a record or nothing')
  return { descr, shape: parseShape(text, refuse), isFortran: /'fortran_order': *True/.test(text), dataStart }
}

type Refuse = (problem: string) => never

function readHeader(bytes: Uint8Array, refuse: Refuse): { text: string; dataStart: number } {
  if (!magic.equals(bytes.subarray(0, magic.length))) refuse('it does not begin with "\\x93NUMPY"')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes[6]!
  if (!(version >= 1 && version <= 3)) refuse(`expected version 1, 2 or 3, got ${version}`)
  const start = version === 1 ? 10 : 12
  if (bytes.length < start) refuse('it is cut short')
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (start + length > bytes.length) refuse(`its header of ${length} bytes is cut short`)
  const header = Buffer.from(bytes.buffer, bytes.byteOffset + start, length)
  return { text: header.toString(version === 3 ? 'utf8' : 'latin1'), dataStart: start + length }
}

function parseType(header: string, refuse: Refuse): { dtype: DtypeName; littleEndian: boolean } {
  const [, order, code] = /'descr': *'([<>|=]?)([^']*)'/.exec(header) ?? []
  if (code === undefined) return refuse('expected one type of numbers in the header, got a record or nothing')
  if (Object.hasOwn(numpyCodes, code)) return { dtype: numpyCodes[code]!, littleEndian: order !== '>' }
  return refuse(`expected a type of ${Object.keys(numpyCodes).join(', ')}, got '${order}${code}'`)
}

function parseShape(header: string, refuse: Refuse): number[] {
  const list = /'shape': *\(([\d, L]*)\)/.exec(header)?.[1] ?? refuse('there is no shape in the header')
  return Array.from(list.matchAll(/\d+/g), ([digits]) => Number(digits))
}

/** The first axis is contiguous. */
const fortranStrides = (shape: Shape): number[] => stridesOf([...shape].reverse()).reverse()

/**
 * The bytes of a `.npy` file as `numpy.save` writes it, version 1, C order. The type is that of the JavaScript array, or bool
 * where the dtype says so.
 */
export function encodeNpy({ dtype, shape, data }: FileArray): Uint8Array {
  if (data.length !== sizeOf(shape)) {
    throw new DataError(`npy: shape ${showShape(shape)} needs ${sizeOf(shape)} values, got ${data.length}`)
  }
  const numbers = toBytes(data)
  const type = dtype === 'BOOL' ? '|b1' : typeOf(data)
  const axes = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  // NumPy leaves room for the first size to grow, then at least one space up to the next multiple of 64.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${axes}, }${' '.repeat(room)}`
  const length = (Math.floor((10 + text.length + 1) / 64) + 1) * 64 - 10
  const head = Buffer.concat([magic, Uint8Array.of(1, 0, length & 0xff, length >> 8)])
  return Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`), numbers])
}

/** `<f4` for a Float32Array. */
function typeOf(data: FileArray['data']): string {
  const kind = data instanceof Float32Array || data instanceof Float64Array ? 'f' : isUnsigned(data) ? 'u' : 'i'
  const size = data.BYTES_PER_ELEMENT
  return `${size === 1 ? '|' : '<'}${kind}${size}`
}

const isUnsigned = (data: FileArray['data']): boolean =>
  [Uint8Array, Uint16Array, Uint32Array, BigUint64Array].some((type) => data instanceof type)
