import * as F from '../autograd/functional.js'
import { HardSwish } from '../nn/activation.js'
import { Dropout } from '../nn/dropout.js'
import { Linear } from '../nn/linear.js'
import { makeDivisible } from '../nn/makeDivisible.js'
import { Module } from '../nn/module.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import { convNorm } from './convNorm.js'
import { initialize } from './initialize.js'
import { InvertedResidual } from './invertedResidual.js'
import type { WidthOptions } from './mobilenetv1.js'
import type { ModelOptions } from './options.js'

type Block = [kernel: number, mid: number, oup: number, se: boolean, activation: 'relu' | 'hardSwish', stride: 1 | 2]

/** Tables 1 and 2 of the paper, and the channels before the classifier. */
const VARIANTS = {
  large: {
    blocks: [
      [3, 16, 16, false, 'relu', 1],
      [3, 64, 24, false, 'relu', 2],
      [3, 72, 24, false, 'relu', 1],
      [5, 72, 40, true, 'relu', 2],
      [5, 120, 40, true, 'relu', 1],
      [5, 120, 40, true, 'relu', 1],
      [3, 240, 80, false, 'hardSwish', 2],
      [3, 200, 80, false, 'hardSwish', 1],
      [3, 184, 80, false, 'hardSwish', 1],
      [3, 184, 80, false, 'hardSwish', 1],
      [3, 480, 112, true, 'hardSwish', 1],
      [3, 672, 112, true, 'hardSwish', 1],
      [5, 672, 160, true, 'hardSwish', 2],
      [5, 960, 160, true, 'hardSwish', 1],
      [5, 960, 160, true, 'hardSwish', 1],
    ] as Block[],
    head: 1280,
  },
  small: {
    blocks: [
      [3, 16, 16, true, 'relu', 2],
      [3, 72, 24, false, 'relu', 2],
      [3, 88, 24, false, 'relu', 1],
      [5, 96, 40, true, 'hardSwish', 2],
      [5, 240, 40, true, 'hardSwish', 1],
      [5, 240, 40, true, 'hardSwish', 1],
      [5, 120, 48, true, 'hardSwish', 1],
      [5, 144, 48, true, 'hardSwish', 1],
      [5, 288, 96, true, 'hardSwish', 2],
      [5, 576, 96, true, 'hardSwish', 1],
      [5, 576, 96, true, 'hardSwish', 1],
    ] as Block[],
    head: 1024,
  },
}

/**
 * MobileNetV3 (Howard et al. 2019, https://arxiv.org/abs/1905.02244) for 224-pixel images, laid out and named as in torchvision.
 * Channels are multiples of 8. As in the authors' code, a block expands by the ratio of the tables, whatever its input was rounded to,
 * and the channels before the classifier do not shrink with the width.
 *
 * (N, 3, H, W) → logits (N, numClasses)
 */
export class MobileNetV3 extends Module {
  readonly features: Sequential
  readonly classifier: Sequential

  constructor(
    variant: 'large' | 'small',
    { numClasses = 10, width = 1, fixedStem = false, generator }: WidthOptions & Pick<ModelOptions, 'fixedStem'> = {},
  ) {
    super()
    const { blocks, head } = VARIANTS[variant]
    const widened = (n: number) => makeDivisible(n * width, 8)
    const norm = { eps: 1e-3, momentum: 0.01 }
    const hardSwish = { activation: 'hardSwish', norm, generator } as const
    let [channels, inp] = [fixedStem ? 16 : widened(16), 16]
    const layers: Module[] = [convNorm(3, channels, 3, { ...hardSwish, stride: 2 })]
    for (const [kernel, expanded, oup, hasSe, activation, stride] of blocks) {
      const mid = makeDivisible((channels * expanded) / inp, 8)
      const se = hasSe ? { squeezed: makeDivisible(mid / 4, 8), gate: F.hardSigmoid } : null
      const options = { kernel, stride, activation, se, norm, generator }
      layers.push(new InvertedResidual(channels, mid, widened(oup), options))
      ;[channels, inp] = [widened(oup), oup]
    }
    layers.push(convNorm(channels, 6 * channels, 1, hardSwish))
    this.features = new Sequential(...layers)
    const hidden = makeDivisible(head * Math.max(1, width), 8)
    this.classifier = new Sequential(
      new Linear(6 * channels, hidden, { generator }),
      new HardSwish(),
      new Dropout(0.2, { generator }),
      new Linear(hidden, numClasses, { generator }),
    )
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    return this.classifier.call(F.flatten(F.adaptiveAvgPool2d(this.features.call(x), 1)))
  }
}
