import { createReadStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { DataError } from '../../tensor/errors.js'
import { checkFileSize, type FileSet, type FoundFile, isLeftover, type OpenFile } from './fileSet.js'
import { byName } from './source.js'

/** Bytes from the front to the end, of which some may be passed over. */
interface Bytes {
  /** Exactly `length` bytes; fewer only at the end. */
  take: (length: number) => Promise<Uint8Array>
  skip: (length: number) => Promise<void>
  close: () => Promise<void>
}

/** Files other than images are kept while the archive is listed, if they are small: lists, names of classes. */
const keptBytes = 16e6
const isKept = (path: string, size: number): boolean =>
  size <= keptBytes && /\.(csv|tsv|txt|json|jsonl|ndjson|cls|meta|npy)$/i.test(path)

const most = 2e9

/**
 * The files of a tar archive, gzip-compressed or not. It is listed once; files of an uncompressed one are then read at their places, those
 * of a compressed one in a second pass. Names are keys and never paths on this machine.
 * @throws DataError if it is no such archive, or cut short
 */
export async function tarFiles(path: string, name: string): Promise<FileSet> {
  const { size, mtimeMs } = await stat(path)
  const head = await firstBytes(path)
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  const places = new Map<string, { offset: number; size: number }>()
  const kept = new Map<string, Uint8Array>()
  const folders = new Set<string>()
  const files: FoundFile[] = []
  let keptSize = 0
  for await (const entry of tarWalk(path, name, isGzip)) {
    if (entry.path.split('/').some(isLeftover)) continue
    if (entry.isFolder) {
      folders.add(entry.path)
      continue
    }
    if (!places.has(entry.path)) files.push({ path: entry.path, size: entry.size, mtimeMs })
    places.set(entry.path, { offset: entry.offset, size: entry.size })
    if (!isGzip || !isKept(entry.path, entry.size) || keptSize + entry.size > 2 ** 28) continue
    kept.set(entry.path, await entry.read())
    keptSize += entry.size
  }
  if (files.length === 0) throw new DataError(`${name}: there are no files in this archive`)
  files.sort((a, b) => byName(a.path, b.path))
  const readAt = async (wanted: string): Promise<Uint8Array> => {
    const place = places.get(wanted)!
    const file = await open(path)
    try {
      return await readRange(file, place.offset, place.size)
    } finally {
      await file.close()
    }
  }
  const readPacked = async (wanted: string): Promise<Uint8Array> => {
    const known = kept.get(wanted)
    if (known) return known
    for await (const entry of tarWalk(path, name, true)) if (entry.path === wanted) return entry.read()
    throw new DataError(`${name}: there is no ${wanted} in it any more`)
  }
  const read = isGzip ? readPacked : readAt
  return {
    ...{ name, files, bad: [], locate: () => null, read },
    emptyFolders: [...folders].filter((folder) => !files.some((file) => file.path.startsWith(`${folder}/`))),
    archive: { path, size, mtimeMs },
    each: isGzip
      ? (paths) => inOnePass(path, name, paths)
      : (paths) =>
          paths.map((wanted, index) => ({
            index,
            open: async () => {
              checkFileSize(places.get(wanted)!.size)
              return readAt(wanted)
            },
          })),
  }
}

async function* inOnePass(path: string, name: string, paths: readonly string[]): AsyncGenerator<OpenFile> {
  const wanted = new Map<string, number[]>()
  for (const [index, file] of paths.entries()) wanted.set(file, [...(wanted.get(file) ?? []), index])
  for await (const entry of tarWalk(path, name, true)) {
    const indexes = wanted.get(entry.path)
    if (!indexes) continue
    wanted.delete(entry.path)
    const bytes = entry.size <= most ? await entry.read() : new Uint8Array(0)
    for (const index of indexes) yield { index, open: async () => bytes }
  }
}

export interface TarEntry {
  path: string
  isFolder: boolean
  size: number
  /** Of its content in the unpacked archive. */
  offset: number
  /** Before the next entry is asked for. */
  read: () => Promise<Uint8Array>
}

const block = 512

/** Every file and folder of an archive, in its order: POSIX (ustar, pax) and GNU headers. */
export async function* tarWalk(path: string, name: string, isGzip: boolean): AsyncGenerator<TarEntry> {
  const bytes = isGzip ? gzipBytes(path) : await fileBytes(path)
  const refuse = (problem: string): never => {
    throw new DataError(`${name}: not a whole tar archive${isGzip ? ' behind gzip' : ''}: ${problem}`)
  }
  try {
    let offset = 0
    let longName: string | null = null
    let pax: Record<string, string> = {}
    for (;;) {
      const header = await bytes.take(block).catch((error: Error) => refuse(error.message))
      if (header.length === 0 || isZero(header)) return
      if (header.length < block) refuse('it is cut short')
      if (!isChecked(header)) refuse(`what begins at byte ${offset} is no header`)
      offset += block
      const kind = String.fromCharCode(header[156]!)
      const size = pax.size === undefined ? sizeIn(header) : Number(pax.size)
      if (!Number.isSafeInteger(size) || size < 0) refuse(`a size of ${size} bytes`)
      const padded = Math.ceil(size / block) * block
      let isRead = false
      const read = async (): Promise<Uint8Array> => {
        if (size > most) refuse(`an entry of ${size} bytes, more than ${most} at a time`)
        isRead = true
        const content = await bytes.take(padded).catch((error: Error) => refuse(error.message))
        if (content.length < size) refuse('it is cut short')
        return content.subarray(0, size)
      }
      if (kind === 'L' || kind === 'x') {
        if (size > 1e6) refuse(`a header of ${size} bytes`)
        const content = Buffer.from(await read()).toString('utf8')
        if (kind === 'L') longName = content.replace(/\0.*$/s, '')
        else pax = paxRecords(content)
      } else {
        const entryPath = cleanPath(pax.path ?? longName ?? nameIn(header))
        longName = null
        pax = {}
        if (kind === '5' && entryPath !== '') yield { path: entryPath, isFolder: true, size: 0, offset, read }
        else if ((kind === '0' || kind === '\0' || kind === '7') && entryPath !== '') {
          yield { path: entryPath, isFolder: false, size, offset, read }
        }
      }
      if (!isRead) await bytes.skip(padded).catch((error: Error) => refuse(error.message))
      offset += padded
    }
  } finally {
    await bytes.close()
  }
}

/** `./a/../b/` → `b`: an entry's name as a key. */
function cleanPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

const isZero = (header: Uint8Array): boolean => header.every((byte) => byte === 0)

const text = (header: Uint8Array, at: number, length: number): string =>
  Buffer.from(header.subarray(at, at + length))
    .toString('utf8')
    .replace(/\0.*$/s, '')

function nameIn(header: Uint8Array): string {
  const prefix = text(header, 257, 5) === 'ustar' && header[262] === 0 ? text(header, 345, 155) : ''
  return prefix === '' ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`
}

/** Octal, or, as GNU writes it for 8 GiB and more, big-endian behind a bit. */
function sizeIn(header: Uint8Array): number {
  if ((header[124]! & 0x80) === 0) return Number.parseInt(text(header, 124, 12).trim() || '0', 8)
  return header.subarray(125, 136).reduce((value, byte) => value * 256 + byte, 0)
}

function isChecked(header: Uint8Array): boolean {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0)
  return sum === Number.parseInt(text(header, 148, 8).trim(), 8)
}

/** `27 path=a/b.jpg\n`, one after another. */
function paxRecords(content: string): Record<string, string> {
  const records: Record<string, string> = {}
  for (const [, key, value] of content.matchAll(/\d+ ([^=\n]+)=([^\n]*)\n/g)) records[key!] = value!
  return records
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    return await readRange(file, 0, 2)
  } finally {
    await file.close()
  }
}

async function readRange(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const target = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await file.read(target, done, Math.min(length - done, 2 ** 30), position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return target.subarray(0, done)
}

const windowBytes = 2 ** 18

/** Headers lie close to each other where files are small: a window of the file is read at a time. */
async function fileBytes(path: string): Promise<Bytes> {
  const file = await open(path)
  let position = 0
  let window: Uint8Array = new Uint8Array(0)
  let start = 0
  const { size } = await file.stat()
  return {
    async take(length) {
      if (position < start || position + length > start + window.length) {
        start = position
        window = await readRange(file, position, Math.max(length, Math.min(windowBytes, size - position)))
      }
      const found = window.subarray(position - start, position - start + length)
      position += found.length
      return found
    },
    async skip(length) {
      if (position + length > size) throw new DataError('it is cut short')
      position += length
    },
    close: () => file.close(),
  }
}

function gzipBytes(path: string): Bytes {
  const source = createReadStream(path, { highWaterMark: 2 ** 18 })
  const unzipped = source.pipe(createGunzip())
  source.on('error', (error) => unzipped.destroy(error))
  const chunks = unzipped[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  let rest: Uint8Array = new Uint8Array(0)
  const more = async (): Promise<boolean> => {
    const { done, value } = await chunks.next()
    if (!done) rest = value
    return !done
  }
  return {
    async take(length) {
      const parts: Uint8Array[] = []
      let missing = length
      while (missing > 0) {
        if (rest.length === 0 && !(await more())) break
        const part = rest.subarray(0, missing)
        rest = rest.subarray(part.length)
        missing -= part.length
        parts.push(part)
      }
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    },
    async skip(length) {
      let missing = length
      while (missing > 0) {
        if (rest.length === 0 && !(await more())) throw new DataError('it is cut short')
        const part = Math.min(missing, rest.length)
        rest = rest.subarray(part)
        missing -= part
      }
    },
    async close() {
      unzipped.destroy()
      source.destroy()
    },
  }
}
