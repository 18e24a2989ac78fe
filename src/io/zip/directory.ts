/**
 * The directory at the end of a zip archive (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.12 to 4.3.16),
 * also with 64-bit sizes. A file comes from anywhere, so everything is checked before anything is allocated.
 */

/** What all deflated entries of an archive may come to. */
const maxInflated = 2 ** 31

const signature = { end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50, central: 0x02014b50 }

export const stored = 0
export const deflated = 8

export interface Entry {
  method: number
  crc: number
  /** Bytes in the archive, and when unpacked. */
  packed: number
  size: number
  /** Where its local header is. */
  offset: number
}

export type Refuse = (problem: string) => never

/** The entries by name. */
export function readDirectory(bytes: Uint8Array, refuse: Refuse): Map<string, Entry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries = new Map<string, Entry>()
  const { count, start } = findDirectory(view, refuse)
  for (let i = 0, at = start; i < count; i++) {
    const { name, entry, next } = readEntry(bytes, view, at, refuse)
    if (entries.has(name)) refuse(`it has "${name}" twice`)
    entries.set(name, entry)
    at = next
  }
  checkSizes([...entries.values()], bytes.length, refuse)
  return entries
}

/** By the record at the end of the file, which a comment may follow. */
function findDirectory(view: DataView, refuse: Refuse): { count: number; start: number } {
  const lowest = Math.max(0, view.byteLength - 22 - 0xffff)
  let end = view.byteLength - 22
  while (end >= lowest && view.getUint32(end, true) !== signature.end) end--
  if (end < lowest) return refuse('there is no directory at its end')
  if (end < 20 || view.getUint32(end - 20, true) !== signature.locator64) {
    return { count: view.getUint16(end + 10, true), start: view.getUint32(end + 16, true) }
  }
  const end64 = uint64(view, end - 12, refuse)
  expectRecord(view, end64, 56, signature.end64, 'the record of 64-bit sizes', refuse)
  return { count: uint64(view, end64 + 32, refuse), start: uint64(view, end64 + 48, refuse) }
}

function readEntry(bytes: Uint8Array, view: DataView, at: number, refuse: Refuse) {
  expectRecord(view, at, 46, signature.central, 'its directory', refuse)
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true))
  const extra = at + 46 + nameLength!
  const next = extra + extraLength! + commentLength!
  if (next > bytes.length) refuse('its directory is cut short')
  const name = Buffer.from(bytes.subarray(at + 46, extra)).toString('utf8')
  const entry: Entry = {
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    ...readSizes(view, at, extra, extraLength!, refuse),
  }
  if (view.getUint16(at + 8, true) & 1) refuse(`"${name}" is encrypted`)
  if (entry.method !== stored && entry.method !== deflated) refuse(`"${name}" is packed by method ${entry.method}`)
  if (entry.method === stored && entry.packed !== entry.size) refuse(`the sizes of "${name}" disagree`)
  return { name, entry, next }
}

/** Those that do not fit 32 bits are in extra field 1, in this order: size, packed size, offset. */
function readSizes(view: DataView, at: number, extra: number, extraLength: number, refuse: Refuse) {
  let wide = -1
  for (let field = extra; field + 4 <= extra + extraLength; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) === 1) wide = field + 4
  }
  const inFull = (field: number): number => {
    const value = view.getUint32(at + field, true)
    if (value !== 0xffffffff || wide < 0) return value
    wide += 8
    return uint64(view, wide - 8, refuse)
  }
  const size = inFull(24)
  return { size, packed: inFull(20), offset: inFull(42) }
}

/** Entries that overlap, or unpack to very much, are made to fill the memory. */
function checkSizes(entries: readonly Entry[], fileSize: number, refuse: Refuse): void {
  const packed = entries.reduce((sum, entry) => sum + entry.packed, 0)
  if (packed > fileSize) refuse(`its entries take ${packed} bytes, the file has ${fileSize}`)
  const inflated = entries.reduce((sum, { method, size }) => sum + (method === deflated ? size : 0), 0)
  if (inflated > maxInflated) refuse(`it unpacks to ${inflated} bytes; at most ${maxInflated} are read`)
}

function uint64(view: DataView, at: number, refuse: Refuse): number {
  if (at + 8 > view.byteLength) refuse('it is cut short')
  return Number(view.getBigUint64(at, true))
}

/** There must be a record of this kind and length. */
export function expectRecord(
  view: DataView,
  at: number,
  length: number,
  kind: number,
  what: string,
  refuse: Refuse,
): void {
  const fits = at + length <= view.byteLength
  if (!fits || view.getUint32(at, true) !== kind) refuse(`${what} is not where it should be`)
}
