import { type FileHandle, open } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'
import { DataError } from '../../tensor/errors.js'
import { checkFileSize, type FileSet, type FoundFile, isLeftover } from './fileSet.js'
import { byName } from './source.js'

interface Place {
  method: number
  packed: number
  size: number
  offset: number
}

const signatures = { end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50, central: 0x02014b50, local: 0x04034b50 }
const most = 2e9

/**
 * The files of a zip archive of any size, read at their places (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). The
 * directory alone lies in memory. Names are keys and never paths on this machine.
 * @throws DataError if it is no such archive, or cut short
 */
export async function zipFiles(path: string, name: string): Promise<FileSet> {
  const refuse = (problem: string): never => {
    throw new DataError(`${name}: not a whole zip archive: ${problem}`)
  }
  const file = await open(path)
  try {
    const { size, mtimeMs } = await file.stat()
    const { start, length } = await findDirectory(file, size, refuse)
    const places = new Map<string, Place>()
    const folders: string[] = []
    const files: FoundFile[] = []
    for (const { entryName, place } of readDirectory(await readAt(file, start, length, refuse), refuse)) {
      const parts = entryName.replaceAll('\\', '/').split('/')
      const key = parts.filter((part) => part !== '' && part !== '.' && part !== '..').join('/')
      if (key === '' || key.split('/').some(isLeftover)) continue
      if (parts.at(-1) === '') folders.push(key)
      else {
        if (!places.has(key)) files.push({ path: key, size: place.size, mtimeMs })
        places.set(key, place)
      }
    }
    if (files.length === 0) throw new DataError(`${name}: there are no files in this archive`)
    files.sort((a, b) => byName(a.path, b.path))
    const read = (wanted: string) => readEntry(path, size, places.get(wanted)!, wanted, refuse)
    return {
      ...{ name, files, bad: [], locate: () => null, read, archive: { path, size, mtimeMs } },
      emptyFolders: folders.filter((folder) => !files.some((found) => found.path.startsWith(`${folder}/`))),
      each: (paths) =>
        paths.map((wanted, index) => ({
          index,
          open: async () => {
            checkFileSize(places.get(wanted)!.size)
            return read(wanted)
          },
        })),
    }
  } finally {
    await file.close()
  }
}

type Refuse = (problem: string) => never

async function findDirectory(
  file: FileHandle,
  size: number,
  refuse: Refuse,
): Promise<{ start: number; length: number }> {
  const tailStart = Math.max(0, size - 22 - 0xffff - 20)
  const tail = await readAt(file, tailStart, size - tailStart, refuse)
  let end = tail.length - 22
  while (end >= 0 && tail.readUInt32LE(end) !== signatures.end) end--
  if (end < 0) return refuse('there is no directory at its end')
  let [length, start] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)]
  if (end >= 20 && tail.readUInt32LE(end - 20) === signatures.locator64) {
    const end64 = await readAt(file, Number(tail.readBigUInt64LE(end - 12)), 56, refuse)
    if (end64.readUInt32LE(0) !== signatures.end64) refuse('the record of 64-bit sizes is not where it should be')
    length = Number(end64.readBigUInt64LE(40))
    start = Number(end64.readBigUInt64LE(48))
  }
  if (start + length > size) refuse('its directory is cut short')
  if (length > 2 ** 30) refuse(`a directory of ${length} bytes`)
  return { start, length }
}

function* readDirectory(bytes: Buffer, refuse: Refuse): Generator<{ entryName: string; place: Place }> {
  for (let at = 0; at < bytes.length; ) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== signatures.central)
      return refuse('its directory is damaged')
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field))
    const extra = at + 46 + nameLength!
    const next = extra + extraLength! + commentLength!
    if (next > bytes.length) refuse('its directory is cut short')
    const entryName = bytes.toString('utf8', at + 46, extra)
    if (bytes.readUInt16LE(at + 8) & 1) refuse(`"${entryName}" is encrypted: unpack it with its password first`)
    const place = { method: bytes.readUInt16LE(at + 10), ...sizesIn(bytes, at, extra, extraLength!, refuse) }
    yield { entryName, place }
    at = next
  }
}

/** Those that do not fit 32 bits are in extra field 1, in this order: size, packed size, offset. */
function sizesIn(bytes: Buffer, at: number, extra: number, extraLength: number, refuse: Refuse) {
  let wide = -1
  for (let field = extra; field + 4 <= extra + extraLength; field += 4 + bytes.readUInt16LE(field + 2)) {
    if (bytes.readUInt16LE(field) === 1) wide = field + 4
  }
  const inFull = (field: number): number => {
    const value = bytes.readUInt32LE(at + field)
    if (value !== 0xffffffff || wide < 0) return value
    if (wide + 8 > extra + extraLength) return refuse('its directory is damaged')
    wide += 8
    return Number(bytes.readBigUInt64LE(wide - 8))
  }
  const size = inFull(24)
  return { size, packed: inFull(20), offset: inFull(42) }
}

async function readEntry(path: string, fileSize: number, place: Place, name: string, refuse: Refuse) {
  const { method, packed, size, offset } = place
  if (offset + 30 + packed > fileSize) refuse(`"${name}" is cut short`)
  if (method !== 0 && method !== 8) refuse(`"${name}" is packed by method ${method}, which is not read`)
  if (size > most || packed > most) refuse(`"${name}" has ${size} bytes, more than ${most} at a time`)
  const file = await open(path)
  try {
    const header = await readAt(file, offset, 30, refuse)
    if (header.readUInt32LE(0) !== signatures.local) refuse(`the header of "${name}" is not where it should be`)
    const begin = offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
    const content = await readAt(file, begin, packed, refuse)
    return method === 0 ? content : inflateRawSync(content, { maxOutputLength: Math.max(size, 1) })
  } catch (error) {
    if (error instanceof DataError) throw error
    return refuse(`"${name}" cannot be unpacked (${(error as Error).message})`)
  } finally {
    await file.close()
  }
}

async function readAt(file: FileHandle, position: number, length: number, refuse: Refuse): Promise<Buffer> {
  const target = Buffer.alloc(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(target, done, length - done, position + done)
    if (bytesRead === 0) refuse('it is cut short')
    done += bytesRead
  }
  return target
}
