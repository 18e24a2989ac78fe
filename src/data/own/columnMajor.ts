import type { RawImage } from '../decodeImage.js'

/** An image whose planes lie column by column, (C, W, H), as MATLAB keeps (H, W, C), with its channels together. */
export function fromColumns(planes: Uint8Array, height: number, width: number, channels: 1 | 3): RawImage {
  const data = new Uint8Array(planes.length)
  for (let c = 0; c < channels; c++) {
    for (let x = 0; x < width; x++) {
      const from = (c * width + x) * height
      for (let y = 0; y < height; y++) data[(y * width + x) * channels + c] = planes[from + y]!
    }
  }
  return { height, width, channels, data }
}
