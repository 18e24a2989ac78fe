import { cifarMean, cifarStd } from '../../data/cifarRecords.js'
import { decodeImage } from '../../data/decodeImage.js'
import { loadDataset } from '../../data/loadDataset.js'
import { normalizePlanes } from '../../data/transforms.js'
import { colourImage } from '../../figures/pixels.js'
import type { Pixels } from '../../figures/png.js'
import { ResNet50 } from '../../models/resnet50.js'
import type { Module } from '../../nn/module.js'
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

/** Number of the image that is taken where none is named. */
export const defaultImage = 20

interface InputFormat {
  height: number
  width: number
  mean: readonly number[]
  std: readonly number[]
}

const cifar: InputFormat = { height: 32, width: 32, mean: cifarMean, std: cifarStd }

/** As torchvision normalizes for its networks. */
const imageNet: InputFormat = { height: 224, width: 224, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

/** An image file, as the network takes it. @throws DataError if it cannot be read */
export async function imageFile(path: string, model: Module): Promise<InputImage> {
  const format = model instanceof ResNet50 ? imageNet : cifar
  return inputImage(await decodeImage(path, format), format, path, path)
}

/**
 * A test image of the packaged sample of CIFAR-10.
 * @throws ConfigError if there is none of this number, or the network takes images of another size
 */
export async function sampleImage(index: number, model: Module): Promise<InputImage> {
  if (model instanceof ResNet50) {
    throw new ConfigError(
      `the images of cifar10-sample have 32 pixels, this network takes 224: give one by --image FILE`,
    )
  }
  const { test } = await loadDataset('cifar10-sample')
  if (!Number.isInteger(index) || index < 0 || index >= test.count) {
    throw new ConfigError(`--index: expected a whole number from 0 to ${test.count - 1}, got ${index}`)
  }
  const size = test.images.length / test.count
  const label = test.classes[test.labels[index]!]!
  const planes = test.images.slice(index * size, (index + 1) * size)
  return inputImage(planes, cifar, label, `test image ${index} of cifar10-sample (${label})`)
}

function inputImage(planes: Uint8Array, format: InputFormat, label: string, source: string): InputImage {
  const { height, width } = format
  const input = tensor(normalizePlanes(planes, format), [1, 3, height, width])
  return { label, source, pixels: colourImage(planes, width), input }
}
