import * as F from '../autograd/functional.js'
import { BatchNorm2d } from '../nn/batchNorm.js'
import { Conv2d } from '../nn/conv2d.js'
import { convBatchNorm } from '../nn/convBatchNorm.js'
import { Dropout } from '../nn/dropout.js'
import { GhostBottleneck } from '../nn/ghostBottleneck.js'
import type { RandomInit } from '../nn/init.js'
import { Linear } from '../nn/linear.js'
import { makeDivisible } from '../nn/makeDivisible.js'
import { Module } from '../nn/module.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import { initialize } from './initialize.js'

/** Table 1 of the paper: kernel, expansion, output channels, squeeze and excitation, stride; one list a stage. */
const STAGES: [kernel: number, mid: number, oup: number, se: boolean, stride: 1 | 2][][] = [
  [[3, 16, 16, false, 1]],
  [[3, 48, 24, false, 2]],
  [[3, 72, 24, false, 1]],
  [[5, 72, 40, true, 2]],
  [[5, 120, 40, true, 1]],
  [[3, 240, 80, false, 2]],
  [
    [3, 200, 80, false, 1],
    [3, 184, 80, false, 1],
    [3, 184, 80, false, 1],
    [3, 480, 112, true, 1],
    [3, 672, 112, true, 1],
  ],
  [[5, 672, 160, true, 2]],
  [
    [5, 960, 160, false, 1],
    [5, 960, 160, true, 1],
    [5, 960, 160, false, 1],
    [5, 960, 160, true, 1],
  ],
]
/** Channels of the stem, after the last 1×1 convolution, and before the classifier (the one that no width multiplies). */
const STEM = 16
const LAST = 960
const HEAD = 1280

/** Options of `GhostNet`. */
export interface GhostNetOptions extends RandomInit {
  /** Default 10. */
  numClasses?: number
  /** Factor on all numbers of channels; default 1. */
  width?: number | undefined
  /** Height and width of the images, default 32. The stem has stride 2 as published from 112 pixels on, else 1. */
  inputSize?: number
  /** Before the classifier; default 0. */
  dropout?: number
}

/**
 * GhostNet (Han et al., CVPR 2020, https://arxiv.org/abs/1911.11907, Table 1), laid out and named as its authors released it
 * (https://github.com/huawei-noah/Efficient-AI-Backbones). Channels are multiples of 4.
 *
 * (N, 3, inputSize, inputSize) → logits (N, numClasses)
 */
export class GhostNet extends Module {
  readonly convStem: Conv2d
  readonly bn1: BatchNorm2d
  readonly blocks: Sequential
  readonly convHead: Conv2d
  readonly dropout: Dropout
  readonly classifier: Linear

  constructor(options: GhostNetOptions = {}) {
    super()
    const { numClasses = 10, width = 1, inputSize = 32, dropout = 0, generator } = options
    const widened = (n: number) => makeDivisible(n * width, 4)
    let channels = widened(STEM)
    const stride = inputSize >= 112 ? 2 : 1
    this.convStem = new Conv2d(3, channels, 3, { stride, padding: 1, bias: false, generator })
    this.bn1 = new BatchNorm2d(channels)
    const stages = STAGES.map((rows) => {
      const blocks = rows.map(([kernel, mid, oup, se, stride]) => {
        const inp = channels
        channels = widened(oup)
        return new GhostBottleneck(inp, widened(mid), channels, { kernel, stride, se, generator })
      })
      return new Sequential(...blocks)
    })
    stages.push(new Sequential(new ConvBnReLU(channels, widened(LAST), { generator })))
    this.blocks = new Sequential(...stages)
    this.convHead = new Conv2d(widened(LAST), HEAD, 1, { generator })
    this.dropout = new Dropout(dropout, { generator })
    this.classifier = new Linear(HEAD, numClasses, { generator })
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    let y = convBatchNorm(this.convStem, this.bn1, x, { relu: true })
    y = F.adaptiveAvgPool2d(this.blocks.call(y), 1) // (N, 960 · width, 1, 1)
    y = F.relu(this.convHead.call(y))
    return this.classifier.call(this.dropout.call(F.flatten(y)))
  }
}

/** The 1×1 convolution behind the bottlenecks. */
class ConvBnReLU extends Module {
  readonly conv: Conv2d
  readonly bn1: BatchNorm2d

  constructor(inp: number, oup: number, { generator }: RandomInit) {
    super()
    this.conv = new Conv2d(inp, oup, 1, { generator, bias: false })
    this.bn1 = new BatchNorm2d(oup)
  }

  forward(x: Tensor): Tensor {
    return convBatchNorm(this.conv, this.bn1, x, { relu: true })
  }
}
