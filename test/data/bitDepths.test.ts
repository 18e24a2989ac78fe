import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { decodeInto } from '../../src/data/decodeImage.js'

const two = { height: 2, width: 2 }

/** The planes of an image of 2 × 2 pixels. */
async function planesOf(bytes: Uint8Array) {
  const planes = new Uint8Array(12)
  const { isDeep } = await decodeInto(planes, bytes, two)
  return { planes: [...planes], isDeep }
}

const repeated = (...colour: number[]) => colour.flatMap((value) => Array<number>(4).fill(value))

/** A bitmap of 24 bits, its rows from below. */
function bmp(bits: number, rows: number[][], palette: number[] = [], height = 2): Buffer {
  const head = Buffer.alloc(54)
  head.write('BM')
  head.writeUInt32LE(54 + palette.length, 10)
  head.writeUInt32LE(40, 14)
  head.writeInt32LE(2, 18)
  head.writeInt32LE(height, 22)
  head.writeUInt16LE(1, 26)
  head.writeUInt16LE(bits, 28)
  return Buffer.concat([head, Uint8Array.from(palette), ...rows.map((row) => Uint8Array.from(row))])
}

/** An uncompressed TIFF of 2 × 2 pixels, all alike, little endian. @param format 1: whole numbers, 3: floats */
function tiff(bands: number, bits: 8 | 16 | 32, format: 1 | 3, sample: number[], extra?: number): Buffer {
  const colours = bands >= 3 ? 3 : 1
  const data = Buffer.concat(Array.from({ length: 4 * bands }, () => Uint8Array.from(sample)))
  const lists = Buffer.alloc(4 * bands) // bits of each sample, then its format
  for (let i = 0; i < bands; i++) {
    lists.writeUInt16LE(bits, 2 * i)
    lists.writeUInt16LE(format, 2 * (bands + i))
  }
  const tags: [number, number, number, number][] = [
    ...([
      [256, 3, 1, 2],
      [257, 3, 1, 2],
      [258, 3, bands, bits],
      [259, 3, 1, 1],
      [262, 3, 1, colours === 3 ? 2 : 1],
    ] as const),
    ...([
      [273, 4, 1, 8],
      [277, 3, 1, bands],
      [278, 3, 1, 2],
      [279, 4, 1, data.length],
    ] as const),
    ...(extra === undefined ? [] : ([[338, 3, 1, extra]] as const)),
    [339, 3, bands, format],
  ].map(([...tag]) => tag as [number, number, number, number])
  const listsAt = 8 + data.length
  const ifdAt = listsAt + lists.length
  const ifd = Buffer.alloc(2 + 12 * tags.length + 4)
  ifd.writeUInt16LE(tags.length)
  for (const [i, [tag, type, count, value]] of tags.entries()) {
    const at = 2 + 12 * i
    ifd.writeUInt16LE(tag, at)
    ifd.writeUInt16LE(type, at + 2)
    ifd.writeUInt32LE(count, at + 4)
    const isList = count > 2
    ifd.writeUInt32LE(
      isList ? listsAt + (tag === 339 ? 2 * bands : 0) : count === 2 ? value | (value << 16) : value,
      at + 8,
    )
  }
  const head = Buffer.from('II*\0    ', 'latin1')
  head.writeUInt32LE(ifdAt, 4)
  return Buffer.concat([head, data, lists, ifd])
}

describe('image formats that sharp does not read', () => {
  it('BMP of 24 bits, from below and from above', async () => {
    const rows = [
      [30, 20, 10, 31, 21, 11, 0, 0],
      [32, 22, 12, 33, 23, 13, 0, 0],
    ] // blue, green, red; padded to 4 bytes
    expect((await planesOf(bmp(24, rows))).planes).toEqual([12, 13, 10, 11, 22, 23, 20, 21, 32, 33, 30, 31])
    expect((await planesOf(bmp(24, rows, [], -2))).planes).toEqual([10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33])
  })

  it('BMP with a palette of 1 bit, and of 16 bits a pixel', async () => {
    const palette = [0, 0, 0, 0, 3, 2, 1, 0]
    expect(
      (
        await planesOf(
          bmp(
            1,
            [
              [0x40, 0, 0, 0],
              [0x80, 0, 0, 0],
            ],
            palette,
          ),
        )
      ).planes,
    ).toEqual([1, 0, 0, 1, 2, 0, 0, 2, 3, 0, 0, 3])
    const pixel = [0x1f, 0x7c] // red and blue 31 of 31
    expect(
      (
        await planesOf(
          bmp(16, [
            [...pixel, ...pixel],
            [...pixel, ...pixel],
          ]),
        )
      ).planes,
    ).toEqual(repeated(255, 0, 255))
  })

  it('PPM, PGM and PBM, plain and raw, of 8 and 16 bits', async () => {
    const text = (content: string) => planesOf(Buffer.from(content, 'latin1')).then(({ planes }) => planes)
    expect(await text(`P6\n# made by hand\n2 2 255\n${'\x0a\x14\x1e'.repeat(4)}`)).toEqual(repeated(10, 20, 30))
    expect(await text('P2 2 2 15  0 15 3 6')).toEqual([0, 255, 51, 102, 0, 255, 51, 102, 0, 255, 51, 102])
    expect((await text(`P5 2 2 65535 ${'\x80\x00'.repeat(4)}`))[0]).toBe(128) // 255 · 32768 / 65535
    expect((await text('P1 2 2 01 10')).slice(0, 4)).toEqual([255, 0, 0, 255]) // 1 is black
    expect((await text('P4 2 2 \x40\x80')).slice(0, 4)).toEqual([255, 0, 0, 255])
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['a BMP that is cut short', bmp(24, [[1, 2, 3]]), /BMP file that is cut short/],
    ['a PPM that is cut short', Buffer.from('P6 2 2 255\nabc'), /PNM file that is cut short/],
    ['a BMP of absurd size', bmp(24, [], [], 2 ** 30), /2 × 1073741824 pixels, more than 100 million/],
    [
      'HEIC',
      Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
      /HEIC, which is not decoded here: convert it to JPEG or PNG/,
    ],
  ])('%s is bad', async (_, bytes, message) => {
    await expect(planesOf(bytes)).rejects.toThrow(message)
  })
})

describe('bits of a sample', () => {
  it('16 keep their upper 8, which is told', async () => {
    expect(await planesOf(tiff(3, 16, 1, [0xff, 0x80]))).toEqual({ planes: repeated(128, 128, 128), isDeep: true })
    expect(await planesOf(tiff(3, 8, 1, [77]))).toEqual({ planes: repeated(77, 77, 77), isDeep: false })
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['floats', tiff(1, 32, 3, [0, 0, 0, 0x3f]), /samples of type float, which cannot be shown as 8 bits/],
    ['32 bits', tiff(1, 32, 1, [0, 0, 0, 128]), /samples of type uint/],
    ['a fourth band that is no opacity', tiff(4, 8, 1, [50], 0), /4 bands: expected grey or red, green and blue/],
  ])('%s are bad', async (_, bytes, message) => {
    await expect(planesOf(bytes)).rejects.toThrow(message)
  })

  it('a JPEG with a harmless warning is decoded, one that is cut short is bad', async () => {
    const background = { r: 90, g: 90, b: 90 }
    const jpeg = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
      .jpeg()
      .toBuffer()
    const warned = Buffer.from(jpeg)
    const scan = warned.indexOf(Buffer.of(0xff, 0xda))
    warned[scan + 4 + 1 + 2 * 3 + 1] = 0 // end of the spectral selection: 63 in a baseline scan
    expect((await planesOf(warned)).planes[0]).toBe(90)
    await expect(planesOf(jpeg.subarray(0, jpeg.length - 40))).rejects.toThrow()
  })
})
