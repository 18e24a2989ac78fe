import { DataError } from '../tensor/errors.js'
import type { RawImage } from './decodeImage.js'

/**
 * A Windows bitmap (BMP) of 1, 4, 8, 16, 24 or 32 bits a pixel, not compressed; null if the bytes are not one.
 * (https://learn.microsoft.com/windows/win32/gdi/bitmap-storage)
 * @param checkSize throws if an image of such a size is not wanted
 */
export function decodeBmp(bytes: Uint8Array, checkSize: (height: number, width: number) => void): RawImage | null {
  if (bytes[0] !== 0x42 || bytes[1] !== 0x4d || bytes.length < 26) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dataStart = view.getUint32(10, true)
  const headBytes = view.getUint32(14, true)
  const isCore = headBytes === 12
  if (!isCore && (headBytes < 40 || bytes.length < 14 + headBytes))
    throw new DataError('a BMP file with a damaged header')
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true)
  const signedHeight = isCore ? view.getUint16(20, true) : view.getInt32(22, true)
  const height = Math.abs(signedHeight)
  const bits = view.getUint16(isCore ? 24 : 28, true)
  const compression = isCore ? 0 : view.getUint32(30, true)
  if (![1, 4, 8, 16, 24, 32].includes(bits) || width < 1 || height < 1)
    throw new DataError('a BMP file with a damaged header')
  if (compression !== 0 && compression !== 3 && compression !== 6) {
    throw new DataError('a BMP file that is compressed, which is not read: save it as PNG')
  }
  checkSize(height, width)
  const stride = Math.ceil((width * bits) / 32) * 4
  if (dataStart + stride * height > bytes.length) throw new DataError('a BMP file that is cut short')
  const masks = compression === 0 ? defaultMasks(bits) : [54, 58, 62].map((at) => view.getUint32(at, true))
  const palette = 14 + headBytes
  const step = isCore ? 3 : 4
  const data = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++) {
    const row = dataStart + stride * (signedHeight < 0 ? y : height - 1 - y)
    for (let x = 0; x < width; x++) {
      const to = 3 * (y * width + x)
      if (bits <= 8) {
        const byte = bytes[row + ((x * bits) >> 3)]!
        const entry = palette + step * ((byte >> (8 - bits - ((x * bits) & 7))) & (2 ** bits - 1))
        for (let c = 0; c < 3; c++) data[to + c] = bytes[entry + 2 - c] ?? 0
      } else if (bits === 24) for (let c = 0; c < 3; c++) data[to + c] = bytes[row + 3 * x + 2 - c]!
      else {
        const pixel = bits === 16 ? view.getUint16(row + 2 * x, true) : view.getUint32(row + 4 * x, true)
        for (let c = 0; c < 3; c++) data[to + c] = component(pixel, masks[c]!)
      }
    }
  }
  return { height, width, channels: 3, data }
}

const defaultMasks = (bits: number): number[] => (bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff])

/** The bits of a mask as 0 … 255. */
function component(pixel: number, mask: number): number {
  return mask === 0 ? 0 : Math.round((255 * ((pixel & mask) >>> 0)) / (mask >>> 0))
}

/**
 * A portable bitmap, greymap or pixmap (PBM, PGM, PPM: `P1` to `P6`) of up to 16 bits, scaled to 0 … 255; null if the bytes are not one.
 * (https://netpbm.sourceforge.net/doc/ppm.html)
 * @param checkSize throws if an image of such a size is not wanted
 */
export function decodePnm(bytes: Uint8Array, checkSize: (height: number, width: number) => void): RawImage | null {
  const kind = bytes[0] === 0x50 ? bytes[1]! - 0x30 : 0
  if (kind < 1 || kind > 6 || !isSpace(bytes[2])) return null
  const reader = { at: 2 }
  const width = number(bytes, reader)
  const height = number(bytes, reader)
  const isBitmap = kind === 1 || kind === 4
  const most = isBitmap ? 1 : number(bytes, reader)
  if (!(width >= 1 && height >= 1 && most >= 1 && most <= 65_535))
    throw new DataError('a PNM file with a damaged header')
  checkSize(height, width)
  const channels = kind === 3 || kind === 6 ? 3 : 1
  const count = width * height * channels
  const data = new Uint8Array(count)
  if (kind <= 3) {
    for (let i = 0; i < count; i++)
      data[i] = scaled(isBitmap ? bit(bytes, reader) : number(bytes, reader), most, isBitmap)
    return { height, width, channels, data }
  }
  const start = reader.at + 1
  const size = kind === 4 ? Math.ceil(width / 8) * height : count * (most > 255 ? 2 : 1)
  if (start + size > bytes.length) throw new DataError('a PNM file that is cut short')
  for (let i = 0; i < count; i++) {
    if (kind === 4) {
      const [y, x] = [Math.floor(i / width), i % width]
      data[i] = (bytes[start + y * Math.ceil(width / 8) + (x >> 3)]! >> (7 - (x & 7))) & 1 ? 0 : 255
    } else if (most > 255) data[i] = scaled(256 * bytes[start + 2 * i]! + bytes[start + 2 * i + 1]!, most, false)
    else data[i] = scaled(bytes[start + i]!, most, false)
  }
  return { height, width, channels, data }
}

/** In a bitmap 1 is black. */
function scaled(value: number, most: number, isBitmap: boolean): number {
  if (!(value >= 0)) throw new DataError('a PNM file that is cut short')
  if (isBitmap) return value === 1 ? 0 : 255
  return Math.round((255 * Math.min(value, most)) / most)
}

const isSpace = (byte: number | undefined): boolean => byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13)

/** Past space and comments, to what follows. */
function skipSpace(bytes: Uint8Array, reader: { at: number }): void {
  for (; reader.at < bytes.length; reader.at++) {
    if (bytes[reader.at] === 0x23) while (reader.at < bytes.length && bytes[reader.at] !== 10) reader.at++
    else if (!isSpace(bytes[reader.at])) return
  }
}

function number(bytes: Uint8Array, reader: { at: number }): number {
  skipSpace(bytes, reader)
  let value = Number.NaN
  for (let byte = bytes[reader.at]; byte !== undefined && byte >= 48 && byte <= 57; byte = bytes[++reader.at]) {
    value = (Number.isNaN(value) ? 0 : 10 * value) + byte - 48
  }
  return value
}

/** Digits of a plain bitmap may stand without space between them. */
function bit(bytes: Uint8Array, reader: { at: number }): number {
  skipSpace(bytes, reader)
  const byte = bytes[reader.at++]
  return byte === 48 ? 0 : byte === 49 ? 1 : Number.NaN
}
