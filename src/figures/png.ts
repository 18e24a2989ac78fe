import { crc32, deflateSync } from 'node:zlib'

/** Pixels, 0 … 255: (height, width) in shades of grey, or (height, width, 3) in red, green and blue. */
export interface Pixels {
  width: number
  height: number
  channels: 1 | 3
  data: Uint8Array
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/** The bytes of a PNG file (https://www.w3.org/TR/png-3/): 8 bits a channel, rows not filtered. */
export function encodePng({ width, height, channels, data }: Pixels): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8) // bit depth; grey or colour; the only compression, filter and interlace
  const row = width * channels
  const filtered = new Uint8Array(height * (row + 1)) // each row begins with its filter: 0
  for (let y = 0; y < height; y++) filtered.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ])
}

/** Length of the body, type, body, checksum of type and body. */
function chunk(type: string, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + body.length)
  bytes.writeUInt32BE(body.length, 0)
  bytes.write(type, 4, 'latin1')
  bytes.set(body, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length)
  return bytes
}

/** For an image element of SVG or HTML. */
export const pngUrl = (pixels: Pixels): string => `data:image/png;base64,${encodePng(pixels).toString('base64')}`
