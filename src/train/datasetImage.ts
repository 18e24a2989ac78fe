import type { ImageDataset } from '../data/dataset.js'
import { colourImage } from '../figures/pixels.js'
import type { Pixels } from '../figures/png.js'

/** An image of a data set, as stored: grey or coloured. */
export function datasetImage({ images, channels, height, width }: ImageDataset, index: number): Pixels {
  const size = channels * height * width
  const planes = images.slice(index * size, (index + 1) * size)
  return channels === 1 ? { width, height, channels: 1, data: planes } : colourImage(planes, width)
}
