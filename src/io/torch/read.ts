/**
 * Files of torch.save (https://pytorch.org/docs/stable/notes/serialization.html): since PyTorch 1.6 a zip archive with
 * a pickle and a file of numbers for each storage, in which TorchScript and the training of whole models look alike;
 * before, four pickles and the numbers one behind the other; before 0.1.10 a tar archive. Nothing in them is run.
 */
import { DataError } from '../../tensor/errors.js'
import { type DtypeName, readNumbers } from '../dtypes.js'
import { describe } from '../pickle/describe.js'
import { type PickleGlobals, readPickleAt } from '../pickle/reader.js'
import { isZip, ZipReader } from '../zip/read.js'
import { storageType, torchGlobals } from './globals.js'
import { isTorchTar, readTar } from './tarFile.js'
import { TorchStorage } from './tensors.js'

/** The number that a file of the old form begins with, as a pickle. */
const magic = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e)

export const isLegacyTorch = (bytes: Uint8Array): boolean => magic.every((byte, i) => bytes[i] === byte)

/**
 * The object that was saved: dicts as Maps, lists and tuples as arrays, tensors as `TorchTensor`, NumPy's arrays as
 * `NumpyArray`, all objects of other classes as `InertObject`.
 * @param file names the file in errors
 * @throws DataError if the file is damaged
 */
export function readTorch(bytes: Uint8Array, file: string): unknown {
  try {
    if (isZip(bytes)) return readArchive(new ZipReader(bytes, file))
    if (isLegacyTorch(bytes)) return readLegacy(bytes, torchGlobals)
    if (isTorchTar(bytes)) return readTar(bytes)
    return readPickleAt(bytes, plainGlobals, { unknownNames: 'inert' }).value
  } catch (error) {
    if (!(error instanceof DataError) || error.message.startsWith(file)) throw error
    throw new DataError(`${file}: cannot be read as a file of torch.save: ${error.message}`)
  }
}

/** A pickle by Python itself, without torch.save: storages lie in it as files of the old form. */
const plainGlobals: PickleGlobals = {
  ...torchGlobals,
  'torch.storage._load_from_bytes': (content: unknown) => {
    if (!(content instanceof Uint8Array) || !isLegacyTorch(content)) throw new DataError('a storage in no known form')
    return readLegacy(content, torchGlobals)
  },
}

/** Whether bytes begin, or begin and end, as a pickle. */
export const isPickle = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) ||
  (/^[(c}\]]/.test(String.fromCharCode(bytes[0] ?? 0)) && bytes.at(-1) === 46)

/** The folder inside the archive that holds everything. */
export const archiveRoot = (zip: ZipReader): string | null =>
  zip.names.find((name) => name.endsWith('/data.pkl'))?.slice(0, -'data.pkl'.length) ?? null

function readArchive(zip: ZipReader): unknown {
  const root = archiveRoot(zip) ?? ''
  const order = `${root}byteorder`
  if (zip.sizeOf(order) !== undefined && Buffer.from(zip.read(order)).toString() !== 'little') {
    throw new DataError('its numbers are not little-endian')
  }
  const storageOf = cached((key, dtype, size, unreadable) => {
    const name = `${root}data/${key}`
    const storage = new TorchStorage(dtype, size, () => readNumbers(dtype, zip.read(name), 0, size), unreadable)
    if (zip.sizeOf(name) !== storage.bytes) {
      throw new DataError(`storage ${key} of ${storage.bytes} bytes has ${zip.sizeOf(name) ?? 'no'} bytes in the file`)
    }
    return storage
  })
  const options = { persistentLoad: storageOf, unknownNames: 'inert' } as const
  return readPickleAt(zip.read(`${root}data.pkl`), torchGlobals, options).value
}

function readLegacy(bytes: Uint8Array, globals: PickleGlobals): unknown {
  let at = magic.length
  const next = (persistentLoad?: (id: unknown) => unknown): unknown => {
    const { value, end } = readPickleAt(bytes, globals, { at, persistentLoad, unknownNames: 'inert' })
    at = end
    return value
  }
  next() // version of the form
  const system = next()
  if (system instanceof Map && system.get('little_endian') === false) {
    throw new DataError('its numbers are not little-endian')
  }
  const begins = new Map<string, number>()
  const made = new Map<string, TorchStorage>()
  const value = next(
    cached((key, dtype, size, unreadable) => {
      const load = () => readNumbers(dtype, bytes, begins.get(key)!, size)
      const storage = new TorchStorage(dtype, size, load, unreadable)
      made.set(key, storage)
      return storage
    }),
  )
  const keys = next()
  if (!Array.isArray(keys)) throw new DataError('the list of its storages is missing')
  for (const key of keys) at = placeStorage(bytes, at, key, made, begins)
  for (const key of made.keys()) if (!begins.has(key)) throw new DataError(`storage ${key} is missing`)
  return value
}

/** A storage is its number of elements, 8 bytes, and the elements. @returns where the next one begins */
function placeStorage(
  bytes: Uint8Array,
  at: number,
  key: unknown,
  made: ReadonlyMap<string, TorchStorage>,
  begins: Map<string, number>,
): number {
  const storage = typeof key === 'string' ? made.get(key) : undefined
  if (typeof key !== 'string' || !storage) throw new DataError(`nothing refers to its storage ${describe(key)}`)
  const end = at + 8 + storage.bytes
  if (end > bytes.length) throw new DataError(`cut short: storage ${key} ends at byte ${end} of ${bytes.length}`)
  const size = new DataView(bytes.buffer, bytes.byteOffset + at).getBigInt64(0, true)
  // Of numbers that cannot be read the size was counted in bytes here.
  if (storage.unreadable === null && Number(size) !== storage.size) {
    throw new DataError(`storage ${key} of ${storage.size} numbers has ${size}`)
  }
  begins.set(key, at + 8)
  return end
}

type MakeStorage = (key: string, dtype: DtypeName, size: number, unreadable: string | null) => TorchStorage

/** Resolves ('storage', type, key, location, size, …); the same storage for the same key. */
function cached(make: MakeStorage): (id: unknown) => unknown {
  const known = new Map<string, TorchStorage>()
  return (id) => {
    const [kind, type, key, , size, view] = Array.isArray(id) ? id : []
    // Sources of a model's classes, which old versions kept beside it; TorchScript names others by objects.
    if (kind === 'module' && Array.isArray(id)) return type
    if (kind !== 'storage' || typeof key !== 'string') {
      throw new DataError(`a reference to ${describe(kind)} ${describe(key)}; expected a storage`)
    }
    if (!Number.isSafeInteger(size) || size < 0) throw new DataError(`a storage of ${describe(size)} numbers`)
    const found = storageType(type)
    const { dtype, unreadable, count } =
      'dtype' in found
        ? { dtype: found.dtype, unreadable: null, count: size }
        : { dtype: 'U8' as const, unreadable: found.unreadable, count: size * found.bytes }
    const name = `${key} ${dtype}`
    const storage = known.get(name) ?? make(key, dtype, count, unreadable)
    known.set(name, storage)
    // Before 0.4 a storage could be a part of another: (key, offset, size).
    return Array.isArray(view) ? storage.slice(view[1], view[2]) : storage
  }
}
