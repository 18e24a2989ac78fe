import { type ImageDataset, sharedBytes } from './dataset.js'
import { decodeImage, type ImageSize } from './decodeImage.js'

/** What a network is shown of an image: its size, and the share of the image's side that is left around the centre. */
export interface ShownSize extends ImageSize {
  /** 1: the whole image; 0.875 is usual for ImageNet, where images of 256 pixels are cut to 224. */
  cropShare: number
}

/** The size that an image is scaled to before it is cut. */
export const sizeBeforeCrop = ({ height, width, cropShare }: ShownSize): ImageSize => ({
  height: Math.round(height / cropShare),
  width: Math.round(width / cropShare),
})

/** The centre of planes (channels, from.height, from.width) into `out` (channels, to.height, to.width). */
function cropInto(out: Uint8Array, planes: Uint8Array, from: ImageSize, to: ImageSize): void {
  const channels = planes.length / (from.height * from.width)
  const [top, left] = [(from.height - to.height) >> 1, (from.width - to.width) >> 1]
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < to.height; y++) {
      const row = (c * from.height + top + y) * from.width + left
      out.set(planes.subarray(row, row + to.width), (c * to.height + y) * to.width)
    }
  }
}

/** The centre of every image of a data set. */
export function cropDataset(dataset: ImageDataset, to: ImageSize): ImageDataset {
  if (dataset.height === to.height && dataset.width === to.width) return dataset
  const { images, channels, count } = dataset
  const [length, kept] = [channels * dataset.height * dataset.width, channels * to.height * to.width]
  const cropped = sharedBytes(count * kept)
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * length, (i + 1) * length)
    cropInto(cropped.subarray(i * kept, (i + 1) * kept), image, dataset, to)
  }
  return { ...dataset, images: cropped, height: to.height, width: to.width }
}

/** An image file as a network is shown it: bytes (3, height, width); see `decodeImage`. */
export async function decodeShown(path: string, shown: ShownSize): Promise<Uint8Array> {
  const from = sizeBeforeCrop(shown)
  const planes = await decodeImage(path, from)
  if (from.height === shown.height && from.width === shown.width) return planes
  const out = new Uint8Array(3 * shown.height * shown.width)
  cropInto(out, planes, from, shown)
  return out
}
