import { Generator } from '../tensor/random.js'
import type { ImageDataset } from './dataset.js'
import { parseRandAugment, type RandAugment, randAugment } from './randAugment.js'

/** Random changes to training images, as data. */
export type Augment = {
  /** Pixels of padding on each side before a random crop back to the image's size; 0 = off. */
  readonly crop: number
  /** What the padding shows: zeros (default), or the image as a mirror at its border would. */
  readonly padding?: 'zero' | 'reflect'
  /** Mirror left and right: one time in two, or every second epoch, from an orientation that is drawn once an image. */
  readonly flip: boolean | 'alternate'
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

/**
 * `translate-p2`: a crop out of 2 pixels of reflected padding, and a mirror one time in two; `translate-p2-alternate`:
 * flips alternate (Jordan 2024, https://arxiv.org/abs/2404.00498, section 3.6). Null if the name is none of these.
 */
function parseTranslate(name: string): Augment | null {
  const [, pixels, alternate] = /^translate-p(\d{1,2})(-alternate)?$/.exec(name) ?? []
  if (pixels === undefined) return null
  return { crop: Number(pixels), padding: 'reflect', flip: alternate ? 'alternate' : true, cutout: 0 }
}

/**
 * What `augment` may be called: a preset, `translate-p2` or `translate-p2-alternate`, or `rand-m9-n2`, which is
 * `standard` and then RandAugment. Null if it is none of these.
 */
export function augmentByName(name: string): Augment | null {
  if (Object.hasOwn(augmentPresets, name)) return augmentPresets[name as keyof typeof augmentPresets]
  const translate = parseTranslate(name)
  if (translate) return translate
  const rand = parseRandAugment(name)
  return rand && { ...augmentPresets.standard, rand }
}

/**
 * Write one image, augmented and normalized, as (channels, height, width) at `out[offset]`.
 *
 * Padding is zero in raw bytes, before normalization (as torchvision's RandomCrop before Normalize), so it comes out as
 * −mean / std. Reflected padding repeats the pixels beside the border, not the border itself (torch.nn.functional.pad,
 * mode 'reflect'). The cutout square has its centre anywhere in the image and is clipped at the border; it is zero
 * after normalization, which is the mean colour.
 * @param generator where the changes are drawn from; null: the image as it is, whatever `augment` says
 * @param isTurned whether this image is mirrored, where flips alternate: see `isTurnedIn`
 */
export function writeExample(
  dataset: ImageDataset,
  index: number,
  augment: Augment,
  generator: Generator | null,
  out: Float32Array,
  offset: number,
  isTurned = false,
): void {
  const { images, channels, height, width } = dataset
  const size = channels * height * width
  const table = normalizationTable(dataset)
  let bytes = images.subarray(index * size, (index + 1) * size)
  if (generator) {
    bytes = cropAndFlip(dataset, bytes, augment, generator, isTurned)
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
  { crop, flip, padding = 'zero' }: Augment,
  generator: Generator,
  isTurned: boolean,
): Uint8Array {
  const top = crop > 0 ? generator.integer(2 * crop + 1) - crop : 0 // the row of the raw image that comes first
  const left = crop > 0 ? generator.integer(2 * crop + 1) - crop : 0
  const isMirrored = flip === 'alternate' ? isTurned : flip && generator.integer(2) === 1
  if (padding === 'reflect') return translate({ channels, height, width }, image, { top, left, isMirrored })
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

/** The same with reflected padding. */
function translate(
  { channels, height, width }: Pick<ImageDataset, 'channels' | 'height' | 'width'>,
  image: Uint8Array,
  { top, left, isMirrored }: { top: number; left: number; isMirrored: boolean },
): Uint8Array {
  const rows = Array.from({ length: height }, (_, y) => reflect(y + top, height))
  const columns = Array.from({ length: width }, (_, x) => reflect((isMirrored ? width - 1 - x : x) + left, width))
  const out = new Uint8Array(image.length)
  let at = 0
  for (let c = 0; c < channels; c++) {
    for (const y of rows) {
      const row = (c * height + y) * width
      for (const x of columns) out[at++] = image[row + x]!
    }
  }
  return out
}

/** The place that a mirror at the border pixel shows, for one up to size − 1 pixels beyond the image. */
const reflect = (i: number, size: number): number => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i)

/**
 * A part of each stream of random numbers that first orientations are drawn from, which tells it from those of epochs.
 */
const orientationStream = -2

/**
 * Where flips alternate, whether an image is mirrored in an epoch: a function of (seed, index) in epoch 0, then every
 * second time.
 */
export function isTurnedIn(epoch: number, seed: number, index: number): boolean {
  return (new Generator(seed, orientationStream, index).integer(2) + epoch) % 2 === 1
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
