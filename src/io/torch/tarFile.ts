/**
 * Files that PyTorch wrote before 0.1.10, and still reads: a tar archive of pickles, each followed by numbers.
 * `storages` holds the storages one behind the other, `tensors` where tensors lie in them, `pickle` the object, which
 * names tensors by their numbers.
 */
import { DataError } from '../../tensor/errors.js'
import { readNumbers } from '../dtypes.js'
import { describe } from '../pickle/describe.js'
import { readPickleAt } from '../pickle/reader.js'
import { storageType, torchGlobals } from './globals.js'
import { TorchStorage, TorchTensor, UnreadableTensor } from './tensors.js'

const block = 512

export const isTorchTar = (bytes: Uint8Array): boolean =>
  bytes.length >= block && Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar'

/** What was saved. @throws DataError if the archive is damaged, or not one of PyTorch */
export function readTar(bytes: Uint8Array): unknown {
  const entries = tarEntries(bytes)
  const entry = (name: string): Cursor => {
    const content = entries.get(name)
    if (!content) throw new DataError(`a tar archive without "${name}", which files of PyTorch have`)
    return new Cursor(content)
  }
  const objects = new Map<unknown, unknown>()
  readStorages(entry('storages'), objects)
  readTensors(entry('tensors'), objects)
  const find = (id: unknown) => {
    const key = typeof id === 'string' && /^\d+$/.test(id) ? Number(id) : id
    if (Array.isArray(key)) return key[0] // the class of a module, with its source
    if (!objects.has(key)) throw new DataError(`a reference to ${describe(key)}, which is not in the file`)
    return objects.get(key)
  }
  return entry('pickle').pickle(find)
}

/** Names without folders, and contents. */
function tarEntries(bytes: Uint8Array): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>()
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0; ) {
    const text = (begin: number, length: number) =>
      Buffer.from(bytes.subarray(at + begin, at + begin + length))
        .toString('latin1')
        .replace(/\0.*$/s, '')
        .trim()
    const size = Number.parseInt(text(124, 12) || '0', 8)
    if (!(size >= 0) || at + block + size > bytes.length) throw new DataError('a tar archive that is cut short')
    entries.set(text(0, 100).replace(/^.*\//, ''), bytes.subarray(at + block, at + block + size))
    at += block + Math.ceil(size / block) * block
  }
  return entries
}

/** Reads pickles and numbers one behind the other. */
class Cursor {
  #at = 0

  constructor(readonly bytes: Uint8Array) {}

  pickle(persistentLoad?: (id: unknown) => unknown): unknown {
    const { value, end } = readPickleAt(this.bytes, torchGlobals, {
      at: this.#at,
      persistentLoad,
      unknownNames: 'inert',
    })
    this.#at = end
    return value
  }

  count(): number {
    const value = this.pickle()
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
    throw new DataError(`a number of items was expected, got ${describe(value)}`)
  }

  list(): readonly unknown[] {
    const value = this.pickle()
    return Array.isArray(value) ? value : []
  }

  /** Where `size` bytes begin, which are passed over. */
  skip(size: number): number {
    const begin = this.#at
    if (!(size >= 0) || begin + size > this.bytes.length) throw new DataError('numbers that are cut short')
    this.#at += size
    return begin
  }

  int32(): number {
    const begin = this.skip(4)
    return new DataView(this.bytes.buffer, this.bytes.byteOffset).getInt32(begin, true)
  }

  int64(): number {
    const begin = this.skip(8)
    return Number(new DataView(this.bytes.buffer, this.bytes.byteOffset).getBigInt64(begin, true))
  }
}

function readStorages(cursor: Cursor, objects: Map<unknown, unknown>): void {
  const count = cursor.count()
  for (let i = 0; i < count; i++) {
    const [key, , type] = cursor.list()
    const found = storageType(type)
    const size = cursor.int64()
    const { dtype, unreadable, length } =
      'dtype' in found
        ? { dtype: found.dtype, unreadable: null, length: size }
        : { dtype: 'U8' as const, unreadable: found.unreadable, length: size * found.bytes }
    if (!Number.isSafeInteger(length) || length < 0) throw new DataError(`a storage of ${length} numbers`)
    const { bytes } = cursor
    const storage: TorchStorage = new TorchStorage(
      dtype,
      length,
      () => readNumbers(dtype, bytes, begin, length),
      unreadable,
    )
    const begin = cursor.skip(storage.bytes)
    objects.set(key, storage)
  }
  for (const view of viewsOf(cursor.pickle())) {
    const [key, root, offset, size] = view
    const storage = objects.get(root)
    if (storage instanceof TorchStorage) objects.set(key, storage.slice(offset, size))
  }
}

const viewsOf = (value: unknown): readonly unknown[][] => (Array.isArray(value) ? value.filter(Array.isArray) : [])

function readTensors(cursor: Cursor, objects: Map<unknown, unknown>): void {
  const count = cursor.count()
  for (let i = 0; i < count; i++) {
    const [key, storageKey] = cursor.list()
    const axes = cursor.int32()
    cursor.skip(4) // the number of axes once had 8 bytes
    if (axes < 0 || axes > 64) throw new DataError(`a tensor of ${axes} axes`)
    const numbers = Array.from({ length: 2 * axes + 1 }, () => cursor.int64())
    const storage = objects.get(storageKey)
    const isUnreadable = storage instanceof TorchStorage && storage.unreadable !== null
    objects.set(
      key,
      isUnreadable
        ? new UnreadableTensor(storage.unreadable!)
        : new TorchTensor(storage, numbers[2 * axes], numbers.slice(0, axes), numbers.slice(axes, 2 * axes)),
    )
  }
}
