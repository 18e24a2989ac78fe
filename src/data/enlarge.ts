import type { ImageSize, RawImage } from './decodeImage.js'

/** Whether an image has to grow to cover a size. */
export const mustGrow = (image: ImageSize, size: ImageSize): boolean =>
  size.height > image.height || size.width > image.width

/** Where the samples of an axis lie in the smaller image: the two neighbours of each, and the second one's share. */
function samples(from: number, to: number, scale: number): { low: Int32Array; high: Int32Array; share: Float64Array } {
  const offset = (Math.round(from * scale) - to) >> 1 // what is cut off on the left
  const [low, high, share] = [new Int32Array(to), new Int32Array(to), new Float64Array(to)]
  for (let i = 0; i < to; i++) {
    const place = Math.min(from - 1, Math.max(0, (i + offset + 0.5) / scale - 0.5))
    low[i] = Math.floor(place)
    high[i] = Math.min(from - 1, low[i]! + 1)
    share[i] = place - low[i]!
  }
  return { low, high, share }
}

/**
 * An image that grows to cover a size, cut around the centre: bilinear, the centres of pixels where they are in
 * torchvision's and PIL's `resize`. (libvips shifts what it enlarges by half a pixel.)
 */
export function enlarge({ data, channels, height, width }: RawImage, size: ImageSize): RawImage {
  const scale = Math.max(size.height / height, size.width / width)
  const rows = samples(height, size.height, scale)
  const columns = samples(width, size.width, scale)
  const out = new Uint8Array(size.height * size.width * channels)
  let at = 0
  for (let y = 0; y < size.height; y++) {
    const [top, bottom, down] = [rows.low[y]! * width, rows.high[y]! * width, rows.share[y]!]
    for (let x = 0; x < size.width; x++) {
      const [left, right, across] = [columns.low[x]!, columns.high[x]!, columns.share[x]!]
      for (let c = 0; c < channels; c++) {
        const pixel = (row: number, column: number) => data[(row + column) * channels + c]!
        const above = (1 - across) * pixel(top, left) + across * pixel(top, right)
        const below = (1 - across) * pixel(bottom, left) + across * pixel(bottom, right)
        out[at++] = Math.round((1 - down) * above + down * below)
      }
    }
  }
  return { data: out, channels, ...size }
}
