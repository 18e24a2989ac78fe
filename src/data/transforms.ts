import type { Generator } from '../tensor/random.js'
import type { ImageDataset } from './dataset.js'
import { parseRandAugment, type RandAugment, randAugment } from './randAugment.js'

/** Random changes to training images, as data. */
export type Augment = {
  /** Pixels of zero padding on each side before a random crop back to the image's size; 0 = off. */
  readonly crop: number
  /** Mirror left and right, one time in two. */
  readonly flip: boolean
  /** Side in pixels of a square that is masked; 0 = off. */
  readonly cutout: number
  /** Operations of RandAugment after crop and flip; default: none. */
  readonly rand?: RandAugment
}

/** Augmentations by name. */
export const augmentPresets = {
  none: { crop: 0, flip: false, cutout: 0 },
  /** Without the mirror, which would turn digits, letters and signs into others. */
  crop: { crop: 4, flip: false, cutout: 0 },
  /** He et al. 2016 (arXiv:1512.03385), §4.2. */
  standard: { crop: 4, flip: true, cutout: 0 },
  /** `standard`, then DeVries and Taylor 2017 (arXiv:1708.04552) with the side they chose for CIFAR-10. */
  cutout: { crop: 4, flip: true, cutout: 16 },
} as const satisfies Record<string, Augment>

/** What `augment` may be called: a preset, or `rand-m9-n2`, which is `standard` and then RandAugment. Null if it is neither. */
export function augmentByName(name: string): Augment | null {
  if (Object.hasOwn(augmentPresets, name)) return augmentPresets[name as keyof typeof augmentPresets]
  const rand = parseRandAugment(name)
  return rand && { ...augmentPresets.standard, rand }
}

/**
 * Write one image, augmented and normalized, as (channels, height, width) at `out[offset]`.
 *
 * Padding is zero in raw bytes, before normalization (as torchvision's RandomCrop before Normalize), so it comes out as
 * −mean / std. The cutout square has its centre anywhere in the image and is clipped at the border; it is zero after
 * normalization, which is the mean colour.
 * @param generator where the changes are drawn from; null: the image as it is, whatever `augment` says
 */
export function writeExample(
  dataset: ImageDataset,
  index: number,
  augment: Augment,
  generator: Generator | null,
  out: Float32Array,
  offset: number,
): void {
  const { images, channels, height, width } = dataset
  const size = channels * height * width
  const table = normalizationTable(dataset)
  let bytes = images.subarray(index * size, (index + 1) * size)
  if (generator) {
    bytes = cropAndFlip(dataset, bytes, augment, generator)
    if (augment.rand) randAugment({ data: bytes, channels, height, width }, augment.rand, generator)
  }
  for (let c = 0, i = 0; c < channels; c++) {
    const values = c * 256
    for (const end = (c + 1) * height * width; i < end; i++) out[offset + i] = table[values + bytes[i]!]!
  }
  if (generator && augment.cutout > 0) maskSquare(dataset, augment.cutout, generator, out, offset)
}

/** A copy of an image's bytes, as it lies in the drawn crop. */
function cropAndFlip(
  { channels, height, width }: ImageDataset,
  image: Uint8Array,
  { crop, flip }: Augment,
  generator: Generator,
): Uint8Array {
  const top = crop > 0 ? generator.integer(2 * crop + 1) - crop : 0 // the row of the raw image that comes first
  const left = crop > 0 ? generator.integer(2 * crop + 1) - crop : 0
  const isMirrored = flip && generator.integer(2) === 1
  // Columns x of the crop that lie in the raw image; the others are padding.
  const from = Math.min(width, Math.max(0, -left))
  const until = Math.min(width, width - left)
  const out = new Uint8Array(image.length)
  for (let c = 0; c < channels; c++) {
    for (let y = Math.max(0, -top); y < Math.min(height, height - top); y++) {
      const row = (c * height + y) * width
      const source = (c * height + y + top) * width + left
      out.set(image.subarray(source + from, source + until), row + from)
      if (isMirrored) out.subarray(row, row + width).reverse()
    }
  }
  return out
}

function maskSquare(
  { channels, height, width }: ImageDataset,
  side: number,
  generator: Generator,
  out: Float32Array,
  offset: number,
): void {
  const top = generator.integer(height) - (side >> 1)
  const left = generator.integer(width) - (side >> 1)
  const [y0, y1] = [Math.max(0, top), Math.min(height, top + side)]
  const [x0, x1] = [Math.max(0, left), Math.min(width, left + side)]
  for (let c = 0; c < channels; c++) {
    for (let y = y0; y < y1; y++) {
      const row = offset + (c * height + y) * width
      out.fill(0, row + x0, row + x1)
    }
  }
}

const tables = new WeakMap<ImageDataset, Float32Array>()

/** (channels, 256): (x / 255 − mean) / std of every byte x, made once a dataset. */
function normalizationTable(dataset: ImageDataset): Float32Array {
  let table = tables.get(dataset)
  if (!table) {
    const { channels, mean, std } = dataset
    table = new Float32Array(channels * 256)
    for (let i = 0; i < table.length; i++) table[i] = normalize(i & 255, mean[i >> 8]!, std[i >> 8]!)
    tables.set(dataset, table)
  }
  return table
}

/** (x / 255 − mean) / std, for a byte x. */
export function normalize(x: number, mean: number, std: number): number {
  return (x / 255 - mean) / std
}

/** Bytes (3, height, width) as a network's input. */
export function normalizePlanes(
  planes: Uint8Array,
  { height, width, mean, std }: Pick<ImageDataset, 'height' | 'width' | 'mean' | 'std'>,
): Float32Array {
  return Float32Array.from(planes, (x, i) => {
    const channel = Math.floor(i / (height * width))
    return normalize(x, mean[channel]!, std[channel]!)
  })
}
