/**
 * Changes of colour, in place on bytes, with the rounding of Pillow: its ImageOps and ImageEnhance are what RandAugment's authors used
 * (https://pillow.readthedocs.io/en/stable/reference/ImageOps.html, …/ImageEnhance.html).
 */
import { type ByteImage, planesOf } from './bytes.js'

/** Each channel stretched so that its darkest pixel is 0 and its brightest 255. */
export function autoContrast(image: ByteImage): void {
  for (const plane of planesOf(image)) {
    const [low, high] = [plane.reduce((a, b) => Math.min(a, b), 255), plane.reduce((a, b) => Math.max(a, b), 0)]
    if (high <= low) continue
    const scale = 255 / (high - low)
    map(plane, (x) => clamp(Math.trunc(x * scale - low * scale)))
  }
}

/** Each channel's histogram made as flat as it can be. */
export function equalize(image: ByteImage): void {
  for (const plane of planesOf(image)) {
    const histogram = new Int32Array(256)
    for (const x of plane) histogram[x]!++
    const last = histogram[plane.reduce((a, b) => Math.max(a, b), 0)]!
    const step = Math.floor((plane.length - last) / 255)
    if (step === 0) continue
    let below = step >> 1
    const table = histogram.map((count) => {
      const level = Math.min(255, Math.floor(below / step))
      below += count
      return level
    })
    map(plane, (x) => table[x]!)
  }
}

/** Invert what is at least `threshold`, 0 … 256. */
export function solarize({ data }: ByteImage, threshold: number): void {
  map(data, (x) => (x < threshold ? x : 255 - x))
}

/** Keep the highest `bits` of each byte. */
export function posterize({ data }: ByteImage, bits: number): void {
  const mask = 256 - 2 ** (8 - bits)
  map(data, (x) => x & mask)
}

/** From black (factor 0) over the image (1) to brighter. */
export function brightness({ data }: ByteImage, factor: number): void {
  map(data, (x) => blend(0, x, factor))
}

/** From grey (factor 0) over the image (1) to stronger colours. An image of one channel has none. */
export function color(image: ByteImage, factor: number): void {
  const grey = greyOf(image)
  for (const plane of planesOf(image)) map(plane, (x, i) => blend(grey[i]!, x, factor))
}

/** From the mean grey (factor 0) over the image (1) to more contrast. */
export function contrast(image: ByteImage, factor: number): void {
  const grey = greyOf(image)
  const mean = Math.floor(grey.reduce((sum, x) => sum + x, 0) / grey.length + 0.5)
  map(image.data, (x) => blend(mean, x, factor))
}

/** From smoothed (factor 0) over the image (1) to sharper. The border of one pixel stays. */
export function sharpness(image: ByteImage, factor: number): void {
  const { height, width } = image
  for (const plane of planesOf(image)) {
    const source = plane.slice()
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++) {
        const i = y * width + x
        let sum = 4 * source[i]! // the middle counts five times
        for (const row of [i - width, i, i + width]) sum += source[row - 1]! + source[row]! + source[row + 1]!
        plane[i] = blend(Math.floor(sum / 13 + 0.5), source[i]!, factor)
      }
    }
  }
}

/** (height, width): ITU-R 601 luma of three channels; of any other number, their mean. */
function greyOf(image: ByteImage): Uint8Array {
  const planes = planesOf(image)
  const grey = new Uint8Array(image.height * image.width)
  const [r, g, b] = planes
  const value =
    planes.length === 3
      ? (i: number) => (19595 * r![i]! + 38470 * g![i]! + 7471 * b![i]! + 32768) >> 16
      : (i: number) => planes.reduce((sum, plane) => sum + plane[i]!, 0) / planes.length
  map(grey, (_, i) => value(i))
  return grey
}

/** from + factor · (to − from) in single precision, cut to a byte. */
function blend(from: number, to: number, factor: number): number {
  return clamp(Math.trunc(Math.fround(from + Math.fround(Math.fround(factor) * (to - from)))))
}

const clamp = (x: number): number => Math.min(255, Math.max(0, x))

function map(bytes: Uint8Array, change: (x: number, i: number) => number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = change(bytes[i]!, i)
}
