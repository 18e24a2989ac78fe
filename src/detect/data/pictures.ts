import { DataError } from '../../tensor/errors.js'
import type { DetectionSet } from './detectionData.js'

/** Height and width. */
export type Size = readonly [height: number, width: number]

/** An image scaled for the network: bytes (3, height, width). */
export interface Picture {
  pixels: Uint8Array
  size: Size
  /** Its size divided by the original's. */
  scale: number
}

/** The size of an image whose longer side becomes `longSide`. */
export function scaledSize(width: number, height: number, longSide: number): { size: Size; scale: number } {
  const scale = longSide / Math.max(width, height)
  return { scale, size: [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))] }
}

/** The smallest input, of sides that are multiples of 32, in which every image of a set has room. */
export function canvasSize(sets: readonly DetectionSet[], longSide: number): Size {
  const sizes = sets.flatMap(({ images }) =>
    images.map(({ width, height }) => scaledSize(width, height, longSide).size),
  )
  const room = (axis: 0 | 1): number => 32 * Math.ceil(Math.max(...sizes.map((size) => size[axis])) / 32)
  return [room(0), room(1)]
}

/** Decode an image file and scale it. @throws DataError if it is not an image, or not of the size that the annotations say */
export async function loadPicture(
  image: { name: string; open: () => Promise<Uint8Array>; width?: number; height?: number },
  longSide: number,
): Promise<Picture & { width: number; height: number }> {
  const { default: sharp } = await import('sharp')
  try {
    const upright = await sharp(await image.open())
      .autoOrient()
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = upright.info
    if (image.width !== undefined && (width !== image.width || height !== image.height)) {
      throw new Error(`expected ${image.width} × ${image.height} pixels as annotated, got ${width} × ${height}`)
    }
    const { size, scale } = scaledSize(width, height, longSide)
    const { data } = await sharp(upright.data, { raw: { width, height, channels } })
      .resize(size[1], size[0], { fit: 'fill' })
      .raw()
      .toBuffer({ resolveWithObject: true })
    return { pixels: planesOf(data, channels, size), size, scale, width, height }
  } catch (error) {
    throw new DataError(`${image.name}: ${(error as Error).message.split('\n')[0]}`)
  }
}

function planesOf(data: Uint8Array, channels: number, [height, width]: Size): Uint8Array {
  const area = height * width
  const planes = new Uint8Array(3 * area)
  for (let c = 0; c < 3; c++) {
    const from = channels >= 3 ? c : 0
    for (let p = 0; p < area; p++) planes[c * area + p] = data[p * channels + from]!
  }
  return planes
}
