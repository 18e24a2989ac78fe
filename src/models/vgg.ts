import * as F from '../autograd/functional.js'
import { ReLU } from '../nn/activation.js'
import { BatchNorm2d } from '../nn/batchNorm.js'
import { Conv2d } from '../nn/conv2d.js'
import { GhostModule } from '../nn/ghostModule.js'
import { Linear } from '../nn/linear.js'
import { Module } from '../nn/module.js'
import { MaxPool2d } from '../nn/pool.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import type { NetworkOptions } from './ghostOptions.js'
import { initialize } from './initialize.js'
import { requireCount } from './options.js'

/** Output channels of each 3×3 convolution; 'M' halves the plane by max pooling. */
const VGG16 = [64, 64, 'M', 128, 128, 'M', 256, 256, 256, 'M', 512, 512, 512, 'M', 512, 512, 512, 'M'] as const

/**
 * VGG-16 for images of 32 pixels: thirteen 3×3 convolutions with batch norm and relu, five max-pools, two linear layers.
 * Simonyan and Zisserman 2015 (https://arxiv.org/abs/1409.1556), configuration D; layers are numbered as in torchvision's vgg16_bn.
 *
 * The Ghost form (Han et al. 2020, https://arxiv.org/abs/1911.11907, section 4.1) replaces each convolution but the first, with its
 * batch norm and relu, by a Ghost module whose primary convolution keeps the 3×3 kernel.
 *
 * Larger images, whose last maps are more than one pixel, are averaged over them.
 *
 * (N, 3, H, W) with H, W ≥ 32 → logits (N, numClasses)
 */
export class Vgg extends Module {
  readonly features: Sequential
  readonly classifier: Sequential

  constructor(options: NetworkOptions = {}) {
    super()
    const own = VGG16.filter((layer) => layer !== 'M')
    const { ghost, channels = own, numClasses = 10, generator } = options
    const { s = 2, d = 3, ghostFirst = false } = ghost ?? {}
    requireCount('VGG-16', channels, own.length, 'one a convolution')
    const widths = channels.values()
    const layers: Module[] = []
    let from = 3
    for (const layer of VGG16) {
      if (layer === 'M') {
        layers.push(new MaxPool2d(2))
        continue
      }
      const width = widths.next().value!
      if (ghost && (layers.length > 0 || ghostFirst)) {
        layers.push(new GhostModule(from, width, { kernel: 3, ratio: s, dwSize: d, generator }))
      } else {
        const conv = new Conv2d(from, width, 3, { padding: 1, bias: false, generator })
        layers.push(conv, new BatchNorm2d(width), new ReLU())
      }
      from = width
    }
    this.features = new Sequential(...layers)
    this.classifier = new Sequential(
      new Linear(from, 512, { generator }),
      new ReLU(),
      new Linear(512, numClasses, { generator }),
    )
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    const maps = this.features.call(x) // (N, C, 1, 1) of 32 pixels
    const pooled = maps.shape[2] === 1 && maps.shape[3] === 1 ? maps : F.adaptiveAvgPool2d(maps, 1)
    return this.classifier.call(F.flatten(pooled))
  }
}
