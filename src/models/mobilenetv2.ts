import * as F from '../autograd/functional.js'
import { BatchNorm2d } from '../nn/batchNorm.js'
import { Conv2d } from '../nn/conv2d.js'
import { Dropout } from '../nn/dropout.js'
import type { RandomInit } from '../nn/init.js'
import { Linear } from '../nn/linear.js'
import { makeDivisible } from '../nn/makeDivisible.js'
import { Module } from '../nn/module.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import { convNorm } from './convNorm.js'
import { initialize } from './initialize.js'
import type { WidthOptions } from './mobilenetv1.js'

/** Expansion, output channels, blocks, stride of the first (Table 2 of the paper). */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

/**
 * MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381) for 224-pixel images, laid out and named as in torchvision.
 * Channels are multiples of 8, and the last 1×1 convolution has never less than 1280. (N, 3, H, W) → logits (N, numClasses)
 */
export class MobileNetV2 extends Module {
  readonly features: Sequential
  readonly classifier: Sequential

  constructor({ numClasses = 10, width = 1, generator }: WidthOptions = {}) {
    super()
    const widened = (n: number) => makeDivisible(n * width, 8)
    let channels = widened(32)
    const layers: Module[] = [convNorm(3, channels, 3, { stride: 2, activation: 'relu6', generator })]
    for (const [expansion, oup, blocks, stride] of STAGES) {
      for (let i = 0; i < blocks; i++) {
        layers.push(new InvertedResidual(channels, widened(oup), expansion, i === 0 ? stride : 1, { generator }))
        channels = widened(oup)
      }
    }
    const head = makeDivisible(1280 * Math.max(1, width), 8)
    layers.push(convNorm(channels, head, 1, { activation: 'relu6', generator }))
    this.features = new Sequential(...layers)
    this.classifier = new Sequential(new Dropout(0.2, { generator }), new Linear(head, numClasses, { generator }))
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    return this.classifier.call(F.flatten(F.adaptiveAvgPool2d(this.features.call(x), 1)))
  }
}

/** 1×1 convolution to more channels, depthwise 3×3, 1×1 to few without activation; a shortcut where shape is kept. */
class InvertedResidual extends Module {
  readonly conv: Sequential
  readonly #isResidual: boolean

  constructor(inp: number, oup: number, expansion: number, stride: number, { generator }: RandomInit) {
    super()
    const mid = inp * expansion
    const options = { activation: 'relu6', generator } as const
    this.conv = new Sequential(
      ...(expansion > 1 ? [convNorm(inp, mid, 1, options)] : []),
      convNorm(mid, mid, 3, { ...options, stride, groups: mid }),
      new Conv2d(mid, oup, 1, { bias: false, generator }),
      new BatchNorm2d(oup),
    )
    this.#isResidual = stride === 1 && inp === oup
  }

  forward(x: Tensor): Tensor {
    return this.#isResidual ? this.conv.call(x, { residual: x }) : this.conv.call(x)
  }
}
