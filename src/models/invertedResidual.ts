import * as F from '../autograd/functional.js'
import type { BatchNormLayerOptions } from '../nn/batchNorm.js'
import { Conv2d } from '../nn/conv2d.js'
import type { RandomInit } from '../nn/init.js'
import { Module } from '../nn/module.js'
import { Sequential } from '../nn/sequential.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Activation, convNorm } from './convNorm.js'

/** `F.sigmoid`, or the cheap `F.hardSigmoid`. */
type Gate = (x: Tensor) => Tensor

/** Squeeze and excitation (Hu et al. 2018) named as in torchvision: x · gate(fc2(relu(fc1(mean of the plane)))). */
class SqueezeExcitation extends Module {
  readonly fc1: Conv2d
  readonly fc2: Conv2d

  constructor(
    channels: number,
    squeezed: number,
    readonly gate: Gate,
    { generator }: RandomInit,
  ) {
    super()
    this.fc1 = new Conv2d(channels, squeezed, 1, { generator })
    this.fc2 = new Conv2d(squeezed, channels, 1, { generator })
  }

  forward(x: Tensor): Tensor {
    const y = F.relu(this.fc1.call(F.adaptiveAvgPool2d(x, 1)))
    return F.mul(x, this.gate(this.fc2.call(y)))
  }
}

export interface InvertedResidualOptions extends RandomInit {
  /** Size of the depthwise convolution. */
  kernel: number
  stride: number
  activation: Activation
  /** Channels between the convolutions of squeeze and excitation, and its gate; null for none. */
  se: { squeezed: number; gate: Gate } | null
  norm: BatchNormLayerOptions
}

/**
 * The block of MnasNet and MobileNetV3: a 1×1 convolution from inp to mid channels (none where they are equal), a depthwise one,
 * squeeze and excitation, a 1×1 convolution to oup without activation, and a shortcut. Named as in torchvision's MobileNetV3.
 */
export class InvertedResidual extends Module {
  readonly block: Sequential
  readonly #isResidual: boolean

  constructor(inp: number, mid: number, oup: number, options: InvertedResidualOptions) {
    super()
    const { kernel, stride, activation, se, norm, generator } = options
    const common = { activation, norm, generator }
    this.block = new Sequential(
      ...(mid === inp ? [] : [convNorm(inp, mid, 1, common)]),
      convNorm(mid, mid, kernel, { ...common, stride, groups: mid }),
      ...(se ? [new SqueezeExcitation(mid, se.squeezed, se.gate, { generator })] : []),
      convNorm(mid, oup, 1, { ...common, activation: null }),
    )
    this.#isResidual = stride === 1 && inp === oup
  }

  forward(x: Tensor): Tensor {
    const y = this.block.call(x)
    return this.#isResidual ? F.add(y, x) : y
  }
}
