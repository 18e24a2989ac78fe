import type { ImageDataset } from '../data/dataset.js'
import { augmentPresets, writeExample } from '../data/transforms.js'
import { Conv2d } from '../nn/conv2d.js'
import type { Module } from '../nn/module.js'
import { whiten } from '../nn/whiten.js'
import { ConfigError } from '../tensor/errors.js'

/** Images whose patches are looked at. */
const enough = 5000

/**
 * Have a network's first convolution whiten patches of its training images, and keep its weight so: only its bias is
 * trained.
 * @param indexes of the training images; the first 5,000 are used
 */
export function whitenFirst(model: Module, dataset: ImageDataset, indexes: Int32Array): void {
  const { channels, height, width } = dataset
  const first = Array.from(model.namedModules(), ([, module]) => module).find((module) => module instanceof Conv2d)
  if (!first || first.groups > 1) throw new ConfigError('whiten: this network does not begin with a convolution')
  const used = indexes.subarray(0, enough)
  const size = channels * height * width
  const images = new Float32Array(used.length * size)
  for (const [i, index] of used.entries()) writeExample(dataset, index, augmentPresets.none, null, images, i * size)
  whiten(first.weight, { images, shape: [used.length, channels, height, width] })
  first.weight.requiresGrad = false
}
