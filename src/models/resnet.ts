import * as F from '../autograd/functional.js'
import { BatchNorm2d } from '../nn/batchNorm.js'
import { Conv2d } from '../nn/conv2d.js'
import { convBatchNorm } from '../nn/convBatchNorm.js'
import { GhostModule } from '../nn/ghostModule.js'
import { Linear } from '../nn/linear.js'
import { Module } from '../nn/module.js'
import { Sequential } from '../nn/sequential.js'
import { GhostgradError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import type { NetworkOptions } from './ghostOptions.js'
import { initialize } from './initialize.js'
import { requireCount } from './options.js'
import { BasicBlock, GhostBasicBlock } from './resnetBlocks.js'

/** The three stages: channels, stride of the first block. Planes of 32, 16 and 8 pixels. */
const STAGES = [
  [16, 1],
  [32, 2],
  [64, 2],
] as const

/**
 * ResNet for CIFAR: a 3×3 convolution, three stages of n basic blocks with shortcuts of option A, global average pooling, one linear
 * layer; depth = 6n + 2. He et al. 2015 (https://arxiv.org/abs/1512.03385), section 4.2.
 *
 * The Ghost form (Han et al. 2020, https://arxiv.org/abs/1911.11907, section 4.1) replaces each convolution but the first, with its
 * batch norm, by a Ghost module whose primary convolution keeps the 3×3 kernel.
 *
 * (N, 3, H, W) → logits (N, numClasses)
 */
export class CifarResNet extends Module {
  readonly conv1: Conv2d | GhostModule
  /** Null where a Ghost module, which brings its own, takes the place of the first convolution. */
  readonly bn1: BatchNorm2d | null
  readonly layer1: Sequential
  readonly layer2: Sequential
  readonly layer3: Sequential
  readonly fc: Linear

  constructor(depth: number, options: NetworkOptions = {}) {
    super()
    const blocks = (depth - 2) / 6
    if (!Number.isInteger(blocks) || blocks < 1) {
      throw new GhostgradError(`CifarResNet: expected a depth of 6n + 2 (8, 14, 20, …), got ${depth}`)
    }
    const { ghost, channels, numClasses = 10, generator } = options
    const { s = 2, d = 3, ghostFirst = false } = ghost ?? {}
    const ghostly = { ratio: s, dwSize: d, generator }
    const isGhostFirst = ghost !== undefined && ghostFirst
    this.conv1 = isGhostFirst
      ? new GhostModule(3, 16, { ...ghostly, kernel: 3 })
      : new Conv2d(3, 16, 3, { padding: 1, bias: false, generator })
    this.bn1 = isGhostFirst ? null : new BatchNorm2d(16)

    if (channels) requireCount(`ResNet-${depth}`, channels, 3 * blocks, 'one a block')
    let from = 16
    const [layer1, layer2, layer3] = STAGES.map(([width, stride], stage) => {
      const block = (_: unknown, i: number) => {
        const [inChannels, between] = [from, channels?.[stage * blocks + i] ?? width]
        from = width
        const shape = [inChannels, width, i === 0 ? stride : 1] as const
        return ghost
          ? new GhostBasicBlock(...shape, { ...ghostly, between })
          : new BasicBlock(...shape, { generator, between })
      }
      return new Sequential(...Array.from({ length: blocks }, block))
    })
    this.layer1 = layer1!
    this.layer2 = layer2!
    this.layer3 = layer3!
    this.fc = new Linear(64, numClasses, { generator })
    initialize(this, { generator })
  }

  forward(x: Tensor): Tensor {
    const { conv1, bn1 } = this
    let y = conv1 instanceof Conv2d ? convBatchNorm(conv1, bn1!, x, { relu: true }) : conv1.call(x)
    y = this.layer3.call(this.layer2.call(this.layer1.call(y))) // (N, 64, 8, 8)
    return this.fc.call(F.flatten(F.adaptiveAvgPool2d(y, 1)))
  }
}
