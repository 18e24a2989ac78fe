import * as F from '../autograd/functional.js'
import { BatchNorm2d } from '../nn/batchNorm.js'
import { Conv2d } from '../nn/conv2d.js'
import { convBatchNorm } from '../nn/convBatchNorm.js'
import { GhostModule } from '../nn/ghostModule.js'
import type { RandomInit } from '../nn/init.js'
import { Linear } from '../nn/linear.js'
import { Module } from '../nn/module.js'
import { MaxPool2d } from '../nn/pool.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import { convNorm } from './convNorm.js'
import type { NetworkOptions } from './ghostOptions.js'
import { initialize } from './initialize.js'

/** The four stages: blocks, channels inside a block (a quarter of those outside), stride of the first block. */
const STAGES = [
  [3, 64, 1],
  [4, 128, 2],
  [6, 256, 2],
  [3, 512, 2],
] as const

/**
 * ResNet-50 for 224-pixel images (He et al. 2015, https://arxiv.org/abs/1512.03385), laid out and named as in torchvision: the 3×3
 * convolution of a block has the stride.
 *
 * The Ghost form (Han et al. 2020, https://arxiv.org/abs/1911.11907, section 4.2) replaces each convolution but the first, those of
 * the shortcuts included, with its batch norm, by a Ghost module.
 *
 * (N, 3, H, W) → logits (N, numClasses)
 */
export class ResNet50 extends Module {
  readonly conv1: Conv2d
  readonly bn1 = new BatchNorm2d(64)
  readonly maxpool = new MaxPool2d(3, { stride: 2, padding: 1 })
  readonly layer1: Sequential
  readonly layer2: Sequential
  readonly layer3: Sequential
  readonly layer4: Sequential
  readonly fc: Linear

  constructor({ ghost, numClasses = 10, generator }: NetworkOptions = {}) {
    super()
    this.conv1 = new Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false, generator })
    const { s: ratio = 2, d: dwSize = 3 } = ghost ?? {}
    let channels = 64
    const stages = STAGES.map(([blocks, width, stride]) => {
      const layers = Array.from({ length: blocks }, (_, i) => {
        const shape = [channels, width, i === 0 ? stride : 1] as const
        channels = 4 * width
        return ghost
          ? new GhostResidual(...shape, { ratio, dwSize, generator })
          : new Bottleneck(...shape, { generator })
      })
      return new Sequential(...layers)
    }) as [Sequential, Sequential, Sequential, Sequential]
    ;[this.layer1, this.layer2, this.layer3, this.layer4] = stages
    this.fc = new Linear(2048, numClasses, { generator })
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    const y = this.maxpool.call(convBatchNorm(this.conv1, this.bn1, x, { relu: true }))
    const z = this.layer4.call(this.layer3.call(this.layer2.call(this.layer1.call(y)))) // (N, 2048, H / 32, W / 32)
    return this.fc.call(F.flatten(F.adaptiveAvgPool2d(z, 1)))
  }
}

/** 1×1 to `width` channels, 3×3 with the stride, 1×1 to four times as many; relu after each, the last behind the shortcut. */
class Bottleneck extends Module {
  readonly conv1: Conv2d
  readonly bn1: BatchNorm2d
  readonly conv2: Conv2d
  readonly bn2: BatchNorm2d
  readonly conv3: Conv2d
  readonly bn3: BatchNorm2d
  readonly downsample: Sequential | null

  constructor(inp: number, width: number, stride: number, { generator }: RandomInit) {
    super()
    const oup = 4 * width
    this.conv1 = new Conv2d(inp, width, 1, { bias: false, generator })
    this.bn1 = new BatchNorm2d(width)
    this.conv2 = new Conv2d(width, width, 3, { stride, padding: 1, bias: false, generator })
    this.bn2 = new BatchNorm2d(width)
    this.conv3 = new Conv2d(width, oup, 1, { bias: false, generator })
    this.bn3 = new BatchNorm2d(oup)
    this.downsample = inp === oup ? null : convNorm(inp, oup, 1, { stride, activation: null, generator })
  }

  forward(x: Tensor): Tensor {
    const y = convBatchNorm(this.conv1, this.bn1, x, { relu: true })
    const z = convBatchNorm(this.conv2, this.bn2, y, { relu: true })
    return convBatchNorm(this.conv3, this.bn3, z, { residual: this.downsample?.call(x) ?? x, relu: true })
  }
}

/** The same of Ghost modules. */
class GhostResidual extends Module {
  readonly conv1: GhostModule
  readonly conv2: GhostModule
  readonly conv3: GhostModule
  readonly downsample: GhostModule | null

  constructor(inp: number, width: number, stride: number, options: RandomInit & { ratio: number; dwSize: number }) {
    super()
    const oup = 4 * width
    this.conv1 = new GhostModule(inp, width, options)
    this.conv2 = new GhostModule(width, width, { ...options, kernel: 3, stride })
    this.conv3 = new GhostModule(width, oup, { ...options, relu: false })
    this.downsample = inp === oup ? null : new GhostModule(inp, oup, { ...options, stride, relu: false })
  }

  forward(x: Tensor): Tensor {
    const y = this.conv3.call(this.conv2.call(this.conv1.call(x)))
    return F.addRelu(y, this.downsample?.call(x) ?? x)
  }
}
