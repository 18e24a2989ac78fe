import { open } from 'node:fs/promises'
import { type DtypeName, readNumbers } from '../../io/dtypes.js'
import { decodeNpy, npyHead } from '../../io/npy.js'
import { ZipReader } from '../../io/zip/read.js'
import { DataError } from '../../tensor/errors.js'
import type { FileSet, FoundFile } from './fileSet.js'

export type Numbers = ArrayLike<number | bigint>

/** An array of NumPy, whole in memory or on the disk, item by item along its first axis. */
export interface OpenArray {
  shape: readonly number[]
  dtype: DtypeName | 'text'
  /** The numbers of an item, in C order. */
  item: (i: number) => Promise<Numbers>
  /** All texts, of an array of such. */
  texts: readonly string[] | null
}

/** Larger files are read item by item. */
const wholeBytes = 2 ** 30

/** What `readFile` and buffers of Node.js take. */
const most = 2 ** 31 - 1

const codes: Readonly<Record<string, DtypeName>> = {
  ...{ f8: 'F64', f4: 'F32', f2: 'F16', i8: 'I64', i4: 'I32', i2: 'I16', i1: 'I8' },
  ...{ u8: 'U64', u4: 'U32', u2: 'U16', u1: 'U8', b1: 'BOOL' },
}

/** The array in a `.npy` file, of any size. @throws DataError if it is none, or of a type that holds neither numbers nor text */
export async function openNpy(set: FileSet, { path, size }: FoundFile): Promise<OpenArray> {
  const place = set.locate(path)
  if (size <= wholeBytes) return decode(await set.read(path), place ?? path)
  if (place === null)
    throw new DataError(`${path}: ${size} bytes, more than ${wholeBytes} in an archive: unpack it first`)
  return openLarge(place)
}

/** The arrays in a `.npz` file by name. */
export async function openNpz(set: FileSet, { path, size }: FoundFile): Promise<[string, OpenArray][]> {
  const title = set.locate(path) ?? path
  if (size > most) {
    throw new DataError(
      `${title}: ${size} bytes, more than the ${most} of an .npz that are read: save its arrays as .npy files, which may have any size`,
    )
  }
  const zip = new ZipReader(await set.read(path), title)
  return zip.names
    .filter((name) => name.endsWith('.npy'))
    .map((name) => [name.slice(0, -4), decode(zip.read(name), `${title}: ${name}`)])
}

function decode(bytes: Uint8Array, title: string): OpenArray {
  const { descr, shape, dataStart } = npyHead(bytes, title)
  const [, order, kind, width] = /^([<>|=]?)([USO])(\d*)$/.exec(descr) ?? []
  if (kind === 'O')
    throw new DataError(
      `${title}: an array of Python objects, which is not read: save it with a type of numbers or text`,
    )
  if (kind !== undefined) {
    const texts = readTexts(bytes.subarray(dataStart), kind === 'U' ? 4 : 1, Number(width), order === '>')
    return { shape, dtype: 'text', texts, item: async () => [] }
  }
  const array = decodeNpy(bytes, title)
  const length = shape.slice(1).reduce((product, n) => product * n, 1)
  return {
    shape,
    dtype: array.dtype,
    texts: null,
    item: async (i) => array.data.subarray(i * length, (i + 1) * length),
  }
}

/** Texts of a fixed width, filled up with zeros: code points of four bytes, or bytes. */
function readTexts(bytes: Uint8Array, unit: 1 | 4, width: number, isBigEndian: boolean): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const step = unit * width
  return Array.from({ length: step === 0 ? 0 : Math.floor(bytes.length / step) }, (_, i) => {
    const points = Array.from({ length: width }, (_unused, j) =>
      unit === 1 ? bytes[i * step + j]! : view.getUint32(i * step + 4 * j, !isBigEndian),
    )
    return String.fromCodePoint(...points.filter((point) => point !== 0 && point < 0x110000)).normalize('NFC')
  })
}

async function openLarge(path: string): Promise<OpenArray> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(2 ** 16)
    await file.read(head, 0, head.length, 0)
    const { descr, shape, isFortran, dataStart } = npyHead(head, path)
    const dtype = codes[descr.replace(/^[<>|=]/, '')]
    if (dtype === undefined) throw new DataError(`${path}: expected an array of numbers, got ${descr}`)
    if (isFortran)
      throw new DataError(`${path}: more than ${wholeBytes} bytes in Fortran's order: save it by np.ascontiguousarray`)
    const length = shape.slice(1).reduce((product, n) => product * n, 1)
    const bytes = (length * Number(/\d+$/.exec(descr)![0])) | 0
    const { size } = await file.stat()
    if (size !== dataStart + shape[0]! * bytes) throw new DataError(`${path}: not as long as its header says`)
    const item = async (i: number): Promise<Numbers> => {
      const reader = await open(path)
      try {
        const target = Buffer.alloc(bytes)
        await reader.read(target, 0, bytes, dataStart + i * bytes)
        return readNumbers(dtype, target, 0, length, !descr.startsWith('>'))
      } finally {
        await reader.close()
      }
    }
    return { shape, dtype, texts: null, item }
  } finally {
    await file.close()
  }
}
