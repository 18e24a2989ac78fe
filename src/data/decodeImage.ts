import { readFile } from 'node:fs/promises'
import type { Sharp } from 'sharp'
import { DataError } from '../tensor/errors.js'
import { decodeBmp, decodePnm } from './bitmap.js'
import { statOrNull } from './cache.js'
import type { ImageDataset } from './dataset.js'
import { enlarge, mustGrow } from './enlarge.js'
import { normalizePlanes } from './transforms.js'

/** Height and width, pixels. */
export type ImageSize = Pick<ImageDataset, 'height' | 'width'>

/** Interleaved bytes (height, width, channels) in shades of grey or in red, green and blue. */
export interface RawImage extends ImageSize {
  channels: 1 | 3
  data: Uint8Array
}

/** What an image may have at most: an image file is a few bytes that can ask for any amount of memory. */
export const maxPixels = 100e6
export const maxFileBytes = 256e6

/**
 * An image file (JPEG, PNG, WebP, AVIF, GIF, SVG, TIFF, BMP, PPM, PGM, PBM) as bytes (3, height, width): turned upright
 * as its EXIF data says, scaled to cover the size and cut around the centre, in sRGB, on white where it is transparent, the
 * first frame if it moves.
 * @throws DataError if there is no such file, it is not an image, or larger than `maxPixels` and `maxFileBytes`
 */
export async function decodeImage(path: string, size: ImageSize): Promise<Uint8Array> {
  const info = await statOrNull(path)
  if (info === null) throw new DataError(`${path}: no such file`)
  if (info.isDirectory()) throw new DataError(`${path}: expected an image file, got a folder`)
  const planes = new Uint8Array(3 * size.height * size.width)
  try {
    await decodeInto(planes, await readImageFile(path), size)
  } catch (error) {
    throw new DataError(`${path}: not an image that can be read (${(error as Error).message})`)
  }
  return planes
}

/** The bytes of an image file. @throws DataError if there are more than `maxFileBytes` */
export async function readImageFile(path: string): Promise<Uint8Array> {
  const bytes = (await statOrNull(path))?.size ?? 0
  if (bytes > maxFileBytes) throw new DataError(`${bytes} bytes, more than ${maxFileBytes / 1e6} MB`)
  return readFile(path)
}

/**
 * As `decodeImage`, from the bytes of a file or raw pixels.
 * @param planes (3, height, width), is written
 * @returns the size that the image had, and whether it had more than 8 bits a channel, of which the upper 8 are kept
 * @throws Error whose message, one line, is what is wrong with the image
 */
export async function decodeInto(
  planes: Uint8Array,
  image: Uint8Array | RawImage,
  size: ImageSize,
): Promise<ImageSize & { isDeep: boolean }> {
  if (!(image instanceof Uint8Array) && image.height === size.height && image.width === size.width) {
    writePlanes(planes, image)
    return { ...size, isDeep: false }
  }
  try {
    const { input, found } = await openImage(image)
    const grows = mustGrow(found, size)
    const upright = input.autoOrient()
    const { data, info } = await (grows ? upright : upright.resize(size.width, size.height, { fit: 'cover' }))
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const pixels: RawImage = { data, channels: info.channels as 1 | 3, height: info.height, width: info.width }
    writePlanes(planes, grows ? enlarge(pixels, size) : pixels)
    return found
  } catch (error) {
    throw new DataError((error as Error).message.split('\n')[0])
  }
}

interface OpenImage {
  input: Sharp
  found: ImageSize & { isDeep: boolean }
}

async function openImage(image: Uint8Array | RawImage): Promise<OpenImage> {
  const { default: sharp } = await import('sharp')
  const raw = image instanceof Uint8Array ? (decodeBmp(image, checkPixels) ?? decodePnm(image, checkPixels)) : image
  if (raw) {
    const { data, height, width, channels } = raw
    return { input: sharp(data, { raw: { height, width, channels } }), found: { height, width, isDeep: false } }
  }
  const bytes = image as Uint8Array
  refuseForeign(bytes)
  // Warnings of decoders are harmless, as every viewer holds; a file that is cut short is an error.
  const input = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' })
  const { height = 0, width = 0, channels = 3, depth = 'uchar', format } = await input.metadata()
  checkPixels(height, width)
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new DataError(`samples of type ${depth}, which cannot be shown as 8 bits: scale them to 8 or 16 bits`)
  }
  if (channels > 4 || (format === 'tiff' && hasUnknownBands(bytes))) {
    throw new DataError(`${channels} bands: expected grey or red, green and blue, with or without opacity`)
  }
  return { input, found: { height, width, isDeep: depth === 'ushort' } }
}

function checkPixels(height: number, width: number): void {
  if (height * width > maxPixels) {
    throw new DataError(`${width} × ${height} pixels, more than ${maxPixels / 1e6} million`)
  }
}

/** Formats that this build of sharp has no decoder for, by their first bytes. */
function refuseForeign(bytes: Uint8Array): void {
  const head = Buffer.from(bytes.subarray(0, 32)).toString('latin1')
  const name =
    head.slice(4, 8) === 'ftyp' && /^(heic|heix|hevc|hevx|heim|heis)/.test(head.slice(8))
      ? 'HEIC'
      : head.startsWith('\x00\x00\x00\x0cjP  ')
        ? 'JPEG 2000'
        : head.startsWith('\xff\x0a') || head.startsWith('\x00\x00\x00\x0cJXL ')
          ? 'JPEG XL'
          : null
  if (name !== null) throw new DataError(`${name}, which is not decoded here: convert it to JPEG or PNG`)
}

/** Whether a TIFF file has more samples a pixel than its colours, and does not say that they are opacity (tag 338, ExtraSamples). */
function hasUnknownBands(bytes: Uint8Array): boolean {
  const isLittle = bytes[0] === 0x49
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const short = (at: number): number => (at + 2 <= bytes.length ? view.getUint16(at, isLittle) : 0)
  if (short(2) !== 42) return false // a big TIFF
  const start = view.getUint32(4, isLittle)
  for (let i = 0; i < short(start); i++) {
    const entry = start + 2 + 12 * i
    if (short(entry) === 338) return short(entry + 8) === 0
  }
  return false
}

/** Interleaved bytes as planes (3, height, width); grey ones as three equal planes. */
function writePlanes(planes: Uint8Array, { data, channels, height, width }: RawImage): void {
  const area = height * width
  for (let c = 0; c < 3; c++) {
    const from = channels === 3 ? c : 0
    for (let p = 0; p < area; p++) planes[c * area + p] = data[p * channels + from]!
  }
}

/**
 * An image file as a network's input: (1, 3, height, width), decoded as by `decodeImage` to the dataset's size and normalized
 * with its mean and standard deviation.
 */
export async function loadImage(
  path: string,
  dataset: Pick<ImageDataset, 'height' | 'width' | 'mean' | 'std'>,
): Promise<Float32Array> {
  return normalizePlanes(await decodeImage(path, dataset), dataset)
}
