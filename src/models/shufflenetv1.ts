import * as F from '../autograd/functional.js'
import { BatchNorm2d } from '../nn/batchNorm.js'
import { ChannelShuffle } from '../nn/channelShuffle.js'
import { Conv2d } from '../nn/conv2d.js'
import { convBatchNorm } from '../nn/convBatchNorm.js'
import type { RandomInit } from '../nn/init.js'
import { Linear } from '../nn/linear.js'
import { makeDivisible } from '../nn/makeDivisible.js'
import { Module } from '../nn/module.js'
import { MaxPool2d } from '../nn/pool.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import { convNorm } from './convNorm.js'
import { initialize } from './initialize.js'
import type { WidthOptions } from './mobilenetv1.js'

/** Channels of stage 2 by the number of groups (Table 1 of the paper); each later stage has twice as many. */
const CHANNELS: Record<number, number> = { 1: 144, 2: 200, 3: 240, 4: 272, 8: 384 }
/** Units of stages 2, 3 and 4. */
const UNITS = [4, 8, 4]

export interface ShuffleNetV1Options extends WidthOptions {
  /** Of the 1×1 convolutions: 1, 2, 3 (default), 4 or 8. */
  groups?: number
}

/**
 * ShuffleNet (Zhang et al. 2018, https://arxiv.org/abs/1707.01083) for 224-pixel images. The channels behind the first convolution
 * are made a multiple of the groups, as in the authors' code (https://github.com/megvii-model/ShuffleNet-Series).
 *
 * (N, 3, H, W) → logits (N, numClasses)
 */
export class ShuffleNetV1 extends Module {
  readonly conv1: Sequential
  readonly maxpool = new MaxPool2d(3, { stride: 2, padding: 1 })
  readonly stages: Sequential
  readonly fc: Linear

  constructor({ numClasses = 10, width = 1, groups = 3, generator }: ShuffleNetV1Options = {}) {
    super()
    const widened = (n: number) => makeDivisible(n * width, 4 * groups)
    let channels = makeDivisible(24 * width, groups)
    this.conv1 = convNorm(3, channels, 3, { stride: 2, generator })
    const stages = UNITS.map((units, stage) => {
      const oup = widened(CHANNELS[groups]! * 2 ** stage)
      const layers = Array.from({ length: units }, (_, i) => {
        const inp = channels
        channels = oup
        // The first 1×1 convolution of all is whole: it has few inputs.
        const firstGroups = stage === 0 && i === 0 ? 1 : groups
        return new ShuffleUnit(inp, oup, { stride: i === 0 ? 2 : 1, groups, firstGroups, generator })
      })
      return new Sequential(...layers)
    })
    this.stages = new Sequential(...stages)
    this.fc = new Linear(channels, numClasses, { generator })
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    const y = this.stages.call(this.maxpool.call(this.conv1.call(x)))
    return this.fc.call(F.flatten(F.adaptiveAvgPool2d(y, 1)))
  }
}

interface UnitOptions extends RandomInit {
  stride: 1 | 2
  groups: number
  /** Of the first 1×1 convolution. */
  firstGroups: number
}

/**
 * Grouped 1×1 convolution to a quarter of the channels, shuffle, depthwise 3×3, grouped 1×1; the shortcut is added (stride 1), or
 * averaged down and put beside the result (stride 2).
 */
class ShuffleUnit extends Module {
  readonly reduce: Sequential
  readonly shuffle: ChannelShuffle
  readonly depthwise: Sequential
  readonly expand: Conv2d
  readonly bn: BatchNorm2d

  constructor(
    inp: number,
    oup: number,
    private readonly options: UnitOptions,
  ) {
    super()
    const { stride, groups, firstGroups, generator } = options
    const mid = oup / 4
    const made = stride === 2 ? oup - inp : oup
    this.reduce = convNorm(inp, mid, 1, { groups: firstGroups, generator })
    this.shuffle = new ChannelShuffle(groups)
    this.depthwise = convNorm(mid, mid, 3, { stride, groups: mid, activation: null, generator })
    this.expand = new Conv2d(mid, made, 1, { groups, bias: false, generator })
    this.bn = new BatchNorm2d(made)
  }

  forward(x: Tensor): Tensor {
    const y = this.depthwise.call(this.shuffle.call(this.reduce.call(x)))
    if (this.options.stride === 1) return convBatchNorm(this.expand, this.bn, y, { residual: x, relu: true })
    const shortcut = F.avgPool2d(x, 3, { stride: 2, padding: 1 })
    return F.concat([shortcut, convBatchNorm(this.expand, this.bn, y, { relu: true })], 1)
  }
}
