/**
 * Files of torch.save (https://pytorch.org/docs/stable/notes/serialization.html): since PyTorch 1.6 a zip archive with a pickle and a
 * file of numbers for each storage; before, four pickles and the numbers one behind the other. Nothing in them is run.
 */
import { DataError } from '../../tensor/errors.js'
import { type DtypeName, readNumbers } from '../dtypes.js'
import { describe } from '../pickle/describe.js'
import { readPickleAt } from '../pickle/reader.js'
import { isZip, ZipReader } from '../zip/read.js'
import { storageType, torchGlobals } from './globals.js'
import { TorchStorage } from './tensors.js'

/** The number that a file of the old form begins with, as a pickle. */
const magic = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e)

export const isLegacyTorch = (bytes: Uint8Array): boolean => magic.every((byte, i) => bytes[i] === byte)

/**
 * The object that was saved: dicts as Maps, lists and tuples as arrays, tensors as `TorchTensor`.
 * @param file names the file in errors
 * @throws DataError if the file is damaged, or names anything that is not data (the message says what)
 */
export function readTorch(bytes: Uint8Array, file: string): unknown {
  try {
    return isZip(bytes) ? readArchive(new ZipReader(bytes, file)) : readLegacy(bytes)
  } catch (error) {
    if (!(error instanceof DataError) || error.message.startsWith(file)) throw error
    throw new DataError(
      `${file}: cannot be read as a file of torch.save: ${error.message}; save model.state_dict(), not the model`,
    )
  }
}

/** The folder inside the archive that holds everything. */
export const archiveRoot = (zip: ZipReader): string | null =>
  zip.names.find((name) => name.endsWith('/data.pkl'))?.slice(0, -'data.pkl'.length) ?? null

function readArchive(zip: ZipReader): unknown {
  const root = archiveRoot(zip) ?? ''
  const order = `${root}byteorder`
  if (zip.sizeOf(order) !== undefined && Buffer.from(zip.read(order)).toString() !== 'little') {
    throw new DataError('its numbers are not little-endian')
  }
  const storageOf = cached((key, dtype, size) => {
    const name = `${root}data/${key}`
    const storage = new TorchStorage(dtype, size, () => readNumbers(dtype, zip.read(name), 0, size))
    if (zip.sizeOf(name) !== storage.bytes) {
      throw new DataError(`storage ${key} of ${storage.bytes} bytes has ${zip.sizeOf(name) ?? 'no'} bytes in the file`)
    }
    return storage
  })
  return readPickleAt(zip.read(`${root}data.pkl`), torchGlobals, { persistentLoad: storageOf }).value
}

function readLegacy(bytes: Uint8Array): unknown {
  if (!isLegacyTorch(bytes)) throw new DataError('it begins like neither of the two forms')
  let at = magic.length
  const next = (persistentLoad?: (id: unknown) => unknown): unknown => {
    const { value, end } = readPickleAt(bytes, torchGlobals, { at, ...(persistentLoad ? { persistentLoad } : {}) })
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
    cached((key, dtype, size) => {
      const storage = new TorchStorage(dtype, size, () => readNumbers(dtype, bytes, begins.get(key)!, size))
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
  if (Number(size) !== storage.size) throw new DataError(`storage ${key} of ${storage.size} numbers has ${size}`)
  begins.set(key, at + 8)
  return end
}

/** Resolves ('storage', type, key, location, size, …); the same storage for the same key. */
function cached(make: (key: string, dtype: DtypeName, size: number) => TorchStorage): (id: unknown) => TorchStorage {
  const known = new Map<string, TorchStorage>()
  return (id) => {
    const [kind, type, key, , size, view] = Array.isArray(id) ? id : []
    if (kind !== 'storage' || typeof key !== 'string') {
      throw new DataError(`a reference to ${describe(kind)} ${describe(key)}; expected a storage`)
    }
    if (!Number.isSafeInteger(size) || size < 0) throw new DataError(`a storage of ${describe(size)} numbers`)
    if (view) throw new DataError('a storage that is a part of another, as PyTorch wrote before 0.4')
    const dtype = storageType(type)
    const name = `${key} ${dtype}`
    const storage = known.get(name) ?? make(key, dtype, size)
    known.set(name, storage)
    return storage
  }
}
