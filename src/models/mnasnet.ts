import * as F from '../autograd/functional.js'
import type { RandomInit } from '../nn/init.js'
import { Linear } from '../nn/linear.js'
import { Module } from '../nn/module.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import { convNorm } from './convNorm.js'
import { initialize } from './initialize.js'
import { InvertedResidual } from './invertedResidual.js'

/** Kernel, expansion, output channels, blocks, squeeze and excitation, stride of the first block (Figure 7 of the paper). */
const STAGES = [
  [3, 1, 16, 1, false, 1],
  [3, 6, 24, 2, false, 2],
  [5, 3, 40, 3, true, 2],
  [3, 6, 80, 4, false, 2],
  [3, 6, 112, 2, true, 1],
  [5, 6, 160, 3, true, 2],
  [3, 6, 320, 1, false, 1],
] as const

/** Channels before the blocks, and before the classifier. */
const [STEM, HEAD] = [32, 1280]

/**
 * MnasNet-A1 (Tan et al. 2019, https://arxiv.org/abs/1807.11626) for 224-pixel images. Squeeze and excitation has a quarter of the
 * block's input channels between its convolutions, as in the authors' code.
 *
 * (N, 3, H, W) → logits (N, numClasses)
 */
export class MnasNetA1 extends Module {
  readonly features: Sequential
  readonly classifier: Linear

  constructor({ numClasses = 10, generator }: RandomInit & { numClasses?: number } = {}) {
    super()
    const norm = { eps: 1e-3, momentum: 0.01 }
    let channels = STEM
    const layers: Module[] = [convNorm(3, channels, 3, { stride: 2, norm, generator })]
    for (const [kernel, expansion, oup, blocks, hasSe, stride] of STAGES) {
      for (let i = 0; i < blocks; i++) {
        const se = hasSe ? { squeezed: channels / 4, gate: F.sigmoid } : null
        const options = { kernel, stride: i === 0 ? stride : 1, activation: 'relu', se, norm, generator } as const
        layers.push(new InvertedResidual(channels, expansion * channels, oup, options))
        channels = oup
      }
    }
    layers.push(convNorm(channels, HEAD, 1, { norm, generator }))
    this.features = new Sequential(...layers)
    this.classifier = new Linear(HEAD, numClasses, { generator })
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    return this.classifier.call(F.flatten(F.adaptiveAvgPool2d(this.features.call(x), 1)))
  }
}
