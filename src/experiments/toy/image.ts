import { cifarMean, cifarStd } from '../../data/cifarRecords.js'
import { decodeImage, normalizePlanes } from '../../data/decodeImage.js'
import { loadDataset } from '../../data/loadDataset.js'
import { colourImage } from '../../figures/pixels.js'
import type { Pixels } from '../../figures/png.js'
import { tensor } from '../../tensor/create.js'
import { ConfigError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'

export interface InputImage {
  /** `cat`, `photo.jpg` */
  label: string
  /** `test image 3 of cifar10-sample (cat)` */
  source: string
  pixels: Pixels
  /** (1, 3, H, W), normalized */
  input: Tensor
}

const cifar = { height: 32, width: 32, mean: cifarMean, std: cifarStd }

/** An image file, as a network trained on CIFAR-10 takes it. @throws DataError if it cannot be read */
export async function imageFile(path: string): Promise<InputImage> {
  return inputImage(await decodeImage(path, cifar), path, path)
}

/** A test image of the packaged sample of CIFAR-10. @throws ConfigError if there is none of this number */
export async function sampleImage(index: number): Promise<InputImage> {
  const { test } = await loadDataset('cifar10-sample')
  if (!Number.isInteger(index) || index < 0 || index >= test.count) {
    throw new ConfigError(`--index: expected a whole number from 0 to ${test.count - 1}, got ${index}`)
  }
  const size = test.images.length / test.count
  const label = test.classes[test.labels[index]!]!
  const planes = test.images.slice(index * size, (index + 1) * size)
  return inputImage(planes, label, `test image ${index} of cifar10-sample (${label})`)
}

function inputImage(planes: Uint8Array, label: string, source: string): InputImage {
  const input = tensor(normalizePlanes(planes, cifar), [1, 3, cifar.height, cifar.width])
  return { label, source, pixels: colourImage(planes, cifar.width), input }
}
