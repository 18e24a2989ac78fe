import * as F from '../autograd/functional.js'
import { ReLU } from '../nn/activation.js'
import { BatchNorm2d } from '../nn/batchNorm.js'
import { ChannelShuffle } from '../nn/channelShuffle.js'
import { Conv2d } from '../nn/conv2d.js'
import type { RandomInit } from '../nn/init.js'
import { Linear } from '../nn/linear.js'
import { Module } from '../nn/module.js'
import { MaxPool2d } from '../nn/pool.js'
import { Sequential } from '../nn/sequential.js'
import { ConfigError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { convNorm } from './convNorm.js'
import { initialize } from './initialize.js'
import type { WidthOptions } from './mobilenetv1.js'

/** Channels of stages 2, 3 and 4 and of the last convolution, by the width (Table 5 of the paper). */
const CHANNELS: Record<number, [number, number, number, number]> = {
  0.5: [48, 96, 192, 1024],
  1: [116, 232, 464, 1024],
  1.5: [176, 352, 704, 1024],
  2: [244, 488, 976, 2048],
}
/** Units of stages 2, 3 and 4. */
const UNITS = [4, 8, 4]
const STEM = 24

/**
 * ShuffleNetV2 (Ma et al. 2018, https://arxiv.org/abs/1807.11164) for 224-pixel images, laid out and named as in torchvision. The
 * width is one of 0.5, 1, 1.5 and 2. (N, 3, H, W) → logits (N, numClasses)
 */
export class ShuffleNetV2 extends Module {
  readonly conv1: Sequential
  readonly maxpool = new MaxPool2d(3, { stride: 2, padding: 1 })
  readonly stage2: Sequential
  readonly stage3: Sequential
  readonly stage4: Sequential
  readonly conv5: Sequential
  readonly fc: Linear

  constructor({ numClasses = 10, width = 1, generator }: WidthOptions = {}) {
    super()
    const widths = CHANNELS[width]
    if (!widths) throw new ConfigError(`shufflenetv2: expected width to be one of 0.5, 1, 1.5, 2, got ${width}`)
    this.conv1 = convNorm(3, STEM, 3, { stride: 2, generator })
    const stages = UNITS.map((units, stage) => {
      const [inp, oup] = [widths[stage - 1] ?? STEM, widths[stage]!]
      const rest = Array.from({ length: units - 1 }, () => new ShuffleUnit(oup, oup, 1, { generator }))
      return new Sequential(new ShuffleUnit(inp, oup, 2, { generator }), ...rest)
    }) as [Sequential, Sequential, Sequential]
    ;[this.stage2, this.stage3, this.stage4] = stages
    this.conv5 = convNorm(widths[2], widths[3], 1, { generator })
    this.fc = new Linear(widths[3], numClasses, { generator })
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    const y = this.stage2.call(this.maxpool.call(this.conv1.call(x)))
    const z = this.conv5.call(this.stage4.call(this.stage3.call(y)))
    return this.fc.call(F.flatten(F.adaptiveAvgPool2d(z, 1)))
  }
}

/**
 * Half of the channels go through a 1×1, a depthwise 3×3 and a 1×1 convolution, the others stay (stride 1) or go through a depthwise
 * and a 1×1 convolution; all channels do both at stride 2. Then the halves are shuffled.
 */
class ShuffleUnit extends Module {
  readonly branch1: Sequential
  readonly branch2: Sequential
  readonly #shuffle = new ChannelShuffle(2)

  constructor(
    inp: number,
    oup: number,
    readonly stride: 1 | 2,
    { generator }: RandomInit,
  ) {
    super()
    const half = oup / 2
    const convolution = (from: number, kernel: number, groups = 1) => [
      new Conv2d(from, groups === 1 ? half : from, kernel, {
        stride: kernel === 3 ? stride : 1,
        padding: (kernel - 1) / 2,
        groups,
        bias: false,
        generator,
      }),
      new BatchNorm2d(groups === 1 ? half : from),
    ]
    const from = stride === 1 ? half : inp
    this.branch1 =
      stride === 1 ? new Sequential() : new Sequential(...convolution(inp, 3, inp), ...convolution(inp, 1), new ReLU())
    this.branch2 = new Sequential(
      ...convolution(from, 1),
      new ReLU(),
      ...convolution(half, 3, half),
      ...convolution(half, 1),
      new ReLU(),
    )
  }

  forward(x: Tensor): Tensor {
    const half = x.shape[1]! / 2
    const [left, right] = this.stride === 1 ? [F.slice(x, [null, [0, half]]), F.slice(x, [null, [half]])] : [x, x]
    return this.#shuffle.call(F.concat([this.branch1.call(left), this.branch2.call(right)], 1))
  }
}
