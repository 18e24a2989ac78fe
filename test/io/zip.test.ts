import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { isZip, ZipReader } from '../../src/io/zip/read.js'
import { writeZip } from '../../src/io/zip/write.js'
import { DataError } from '../../src/tensor/errors.js'
import { fixtureBytes } from '../support/fixtures.js'

const content = (text: string) => Buffer.from(text)
const good = () =>
  Buffer.from(
    writeZip([
      ['a/b', content('hello')],
      ['größe', content('')],
    ]),
  )
const central = (bytes: Buffer) => bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1'))

/** An archive whose one entry is deflated, with sizes as they are or as one likes to call them. */
function deflatedZip(data: Uint8Array, size = data.length): Buffer {
  const packed = deflateRawSync(data)
  const bytes = Buffer.from(writeZip([['x', packed]]))
  const at = central(bytes)
  bytes.writeUInt16LE(8, at + 10)
  bytes.writeUInt32LE(size, at + 24)
  return bytes
}

describe('ZipReader', () => {
  it('reads what was written', () => {
    const zip = new ZipReader(good(), 'x.zip')
    expect(zip.names).toEqual(['a/b', 'größe'])
    expect([zip.sizeOf('a/b'), zip.sizeOf('größe'), zip.sizeOf('none')]).toEqual([5, 0, undefined])
    expect(Buffer.from(zip.read('a/b')).toString()).toBe('hello')
  })

  it('reads deflated entries and 64-bit sizes, as NumPy writes them', () => {
    for (const name of ['arrays.npz', 'compressed.npz']) {
      const zip = new ZipReader(fixtureBytes(`interchange/${name}`), name)
      expect(zip.names.length).toBeGreaterThan(10)
      for (const entry of zip.names) expect(zip.read(entry).length).toBe(zip.sizeOf(entry))
    }
  })

  it('reads the record of 64-bit sizes at the end', () => {
    const bytes = good()
    const end = bytes.length - 22
    const record = Buffer.alloc(56)
    record.writeUInt32LE(0x06064b50, 0)
    record.writeBigUInt64LE(2n, 32)
    record.writeBigUInt64LE(BigInt(bytes.readUInt32LE(end + 16)), 48)
    const locator = Buffer.alloc(20)
    locator.writeUInt32LE(0x07064b50, 0)
    locator.writeBigUInt64LE(BigInt(end), 8)
    const tail = Buffer.from(bytes.subarray(end))
    tail.writeUInt16LE(0xffff, 10)
    tail.writeUInt32LE(0xffffffff, 16)
    const zip = new ZipReader(Buffer.concat([bytes.subarray(0, end), record, locator, tail]), 'x')
    expect(zip.names).toEqual(['a/b', 'größe'])
  })

  it('takes a comment at the end', () => {
    const bytes = Buffer.concat([good(), content('a comment')])
    bytes.writeUInt16LE(9, bytes.length - 11)
    expect(new ZipReader(bytes, 'x').names.length).toBe(2)
  })

  it('keeps names as they are: none is a path', () => {
    const zip = new ZipReader(
      writeZip([
        ['../../etc/passwd', content('x')],
        ['__proto__', content('y')],
      ]),
      'x',
    )
    expect(zip.names).toEqual(['../../etc/passwd', '__proto__'])
  })

  it('knows a zip archive by its beginning', () => {
    expect([isZip(good()), isZip(content('PK')), isZip(content('{"a":3}'.padEnd(40)))]).toEqual([true, false, false])
  })
})

describe('refuses', () => {
  const changed = (change: (bytes: Buffer, central: number) => void) => {
    const bytes = good()
    change(bytes, central(bytes))
    return bytes
  }

  it.each<[string, Buffer]>([
    ['there is no directory at its end', content('PK\x03\x04'.padEnd(60))],
    ['its directory is not where it should be', changed((b) => b.writeUInt32LE(0x7fffffff, b.length - 6))],
    ['its directory is not where it should be', changed((b) => b.writeUInt16LE(3, b.length - 12))],
    ['"a/b" is encrypted', changed((b, at) => b.writeUInt16LE(1, at + 8))],
    ['"a/b" is packed by method 12', changed((b, at) => b.writeUInt16LE(12, at + 10))],
    ['the sizes of "a/b" disagree', changed((b, at) => b.writeUInt32LE(6, at + 24))],
    ['the checksum of "a/b" is wrong', changed((b) => b.write('jello', b.indexOf('hello')))],
    ['the header of "a/b" is not where it should be', changed((b, at) => b.writeUInt32LE(9, at + 42))],
    [
      'it has "a" twice',
      Buffer.from(
        writeZip([
          ['a', content('1')],
          ['a', content('2')],
        ]),
      ),
    ],
    ['"x" does not unpack to the 10 bytes that it says', deflatedZip(new Uint8Array(1e6), 10)],
    ['"x" does not unpack to the 2000000 bytes that it says', deflatedZip(new Uint8Array(1e6), 2e6)],
    ['it unpacks to 4294967294 bytes; at most 2147483648 are read', deflatedZip(new Uint8Array(10), 2 ** 32 - 2)],
  ])('%s', (problem, bytes) => {
    const run = () => {
      const zip = new ZipReader(bytes, 'x.zip')
      for (const name of zip.names) zip.read(name)
    }
    expect(run).toThrow(DataError)
    expect(run).toThrow(`x.zip: not a valid zip archive: ${problem}`)
  })

  it('entries that overlap', () => {
    const bytes = Buffer.from(writeZip(Array.from({ length: 3 }, (_, i) => [`${i}`, new Uint8Array(1000)] as const)))
    const at = central(bytes)
    for (const field of [20, 24]) bytes.writeUInt32LE(3000, at + field)
    expect(() => new ZipReader(bytes, 'x')).toThrow('its entries take 5000 bytes, the file has 3')
  })

  it('every archive that is cut short', () => {
    const bytes = good()
    for (let length = 0; length < bytes.length; length++) {
      expect(() => new ZipReader(bytes.subarray(0, length), 'x')).toThrow(DataError)
    }
  })
})

describe('writeZip', () => {
  it('lets contents begin where asked', () => {
    const bytes = writeZip(
      [
        ['a', content('first')],
        ['bcd', content('second')],
        ['e', content('third')],
      ],
      64,
    )
    for (const text of ['first', 'second', 'third']) expect(Buffer.from(bytes).indexOf(text) % 64).toBe(0)
    const zip = new ZipReader(bytes, 'x')
    expect(zip.names.map((name) => Buffer.from(zip.read(name)).toString())).toEqual(['first', 'second', 'third'])
  })

  it('gives the same bytes for the same content', () => {
    expect(good()).toEqual(good())
  })
})
