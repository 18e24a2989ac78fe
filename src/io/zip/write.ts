import { crc32 } from 'node:zlib'
import { DataError } from '../../tensor/errors.js'

const limit = 2 ** 32 - 1
/** 1 January 1980, the earliest day there is: the same content gives the same bytes. */
const day = 0x0021
const utf8Names = 0x0800

/**
 * The bytes of a zip archive whose entries are stored as they are.
 * @param align each entry's content begins at a multiple of this many bytes; default 1
 * @throws DataError if it does not fit the 32-bit sizes of the format
 */
export function writeZip(entries: readonly (readonly [name: string, content: Uint8Array])[], align = 1): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  for (const [name, content] of entries) {
    const encoded = Buffer.from(name)
    const padding = paddingField(at + 30 + encoded.length, align)
    const facts = { name: encoded, crc: crc32(content), size: content.length, offset: at }
    parts.push(localHeader(facts, padding.length), encoded, padding, content)
    directory.push(centralHeader(facts), encoded)
    at += 30 + encoded.length + padding.length + content.length
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0)
  if (at + size > limit || entries.length > 0xffff) {
    throw new DataError(`zip: expected at most ${limit} bytes in 65535 entries, got ${at + size} in ${entries.length}`)
  }
  return Buffer.concat([...parts, ...directory, endRecord(entries.length, size, at)])
}

interface Facts {
  name: Uint8Array
  crc: number
  size: number
  offset: number
}

function localHeader({ name, crc, size }: Facts, extraLength: number): Uint8Array {
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  writeCommon(header, 4, name.length, crc, size)
  header.writeUInt16LE(extraLength, 28)
  return header
}

function centralHeader({ name, crc, size, offset }: Facts): Uint8Array {
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(20, 4) // made by version 2.0
  writeCommon(header, 6, name.length, crc, size)
  header.writeUInt32LE(offset, 42)
  return header
}

/** Version needed, flags, method (stored), time, day, checksum, both sizes, length of the name. */
function writeCommon(header: Buffer, at: number, nameLength: number, crc: number, size: number): void {
  header.writeUInt16LE(20, at)
  header.writeUInt16LE(utf8Names, at + 2)
  header.writeUInt16LE(day, at + 8)
  header.writeUInt32LE(crc, at + 10)
  header.writeUInt32LE(size, at + 14)
  header.writeUInt32LE(size, at + 18)
  header.writeUInt16LE(nameLength, at + 22)
}

/** An extra field, of a kind that readers skip, that moves the content behind it to a multiple of `align`. */
function paddingField(end: number, align: number): Uint8Array {
  if (end % align === 0) return new Uint8Array(0)
  const bytes = align - ((end + 4) % align)
  const field = Buffer.alloc(4 + (bytes % align), 'Z')
  field.write('FB', 0, 'latin1')
  field.writeUInt16LE(field.length - 4, 2)
  return field
}

function endRecord(count: number, size: number, offset: number): Uint8Array {
  const record = Buffer.alloc(22)
  record.writeUInt32LE(0x06054b50, 0)
  record.writeUInt16LE(count, 8)
  record.writeUInt16LE(count, 10)
  record.writeUInt32LE(size, 12)
  record.writeUInt32LE(offset, 16)
  return record
}
