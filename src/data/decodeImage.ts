import { DataError } from '../tensor/errors.js'
import { statOrNull } from './cache.js'
import type { ImageDataset } from './dataset.js'
import { normalizePlanes } from './transforms.js'

/**
 * An image file of any kind sharp reads (JPEG, PNG, WebP, AVIF, GIF, SVG, TIFF) as bytes (3, height, width): turned upright
 * as its EXIF data says, scaled to cover the size and cut around the centre, in sRGB, on white where it is transparent, the
 * first frame if it moves.
 * @throws DataError if there is no such file, or it is not an image
 */
export async function decodeImage(path: string, size: { height: number; width: number }): Promise<Uint8Array> {
  const info = await statOrNull(path)
  if (info === null) throw new DataError(`${path}: no such file`)
  if (info.isDirectory()) throw new DataError(`${path}: expected an image file, got a folder`)
  const pixels = await decodeInterleaved(path, size)
  const area = size.height * size.width
  const planes = new Uint8Array(3 * area)
  for (let c = 0; c < 3; c++) {
    for (let p = 0; p < area; p++) planes[c * area + p] = pixels[p * 3 + c]!
  }
  return planes
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

/** (height, width, 3) */
async function decodeInterleaved(path: string, { height, width }: { height: number; width: number }) {
  const { default: sharp } = await import('sharp')
  try {
    return await sharp(path)
      .autoOrient()
      .resize(width, height, { fit: 'cover' })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw()
      .toBuffer()
  } catch (error) {
    throw new DataError(`${path}: not an image that can be read (${(error as Error).message.split('\n')[0]})`)
  }
}
