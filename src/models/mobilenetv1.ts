import * as F from '../autograd/functional.js'
import type { RandomInit } from '../nn/init.js'
import { Linear } from '../nn/linear.js'
import { Module } from '../nn/module.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import { convNorm } from './convNorm.js'
import { initialize } from './initialize.js'

/** Output channels and stride of the separable convolutions (Table 1 of the paper). */
const LAYERS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  ...Array.from({ length: 5 }, () => [512, 1] as const),
  [1024, 2],
  [1024, 1],
] as const

export interface WidthOptions extends RandomInit {
  /** Default 10. */
  numClasses?: number
  /** Factor on all numbers of channels; default 1. */
  width?: number | undefined
}

/**
 * MobileNet (Howard et al. 2017, https://arxiv.org/abs/1704.04861): thirteen pairs of a depthwise 3×3 and a 1×1
 * convolution, for 224-pixel images; with `relu6` its activations end at 6, as TensorFlow's and timm's do. (N, 3, H, W)
 * → logits (N, numClasses)
 */
export class MobileNetV1 extends Module {
  readonly features: Sequential
  readonly classifier: Linear

  constructor({ numClasses = 10, width = 1, relu6 = false, generator }: WidthOptions & { relu6?: boolean } = {}) {
    super()
    const widened = (n: number) => Math.round(n * width)
    const common = { activation: relu6 ? 'relu6' : 'relu', generator } as const
    let channels = widened(32)
    const layers = [convNorm(3, channels, 3, { ...common, stride: 2 })]
    for (const [oup, stride] of LAYERS) {
      const depthwise = convNorm(channels, channels, 3, { ...common, stride, groups: channels })
      layers.push(new Sequential(depthwise, convNorm(channels, widened(oup), 1, common)))
      channels = widened(oup)
    }
    this.features = new Sequential(...layers)
    this.classifier = new Linear(channels, numClasses, { generator })
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    return this.classifier.call(F.flatten(F.adaptiveAvgPool2d(this.features.call(x), 1)))
  }
}
