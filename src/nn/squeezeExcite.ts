import * as F from '../autograd/functional.js'
import type { Tensor } from '../tensor/tensor.js'
import { Conv2d } from './conv2d.js'
import type { RandomInit } from './init.js'
import { makeDivisible } from './makeDivisible.js'
import { Module } from './module.js'

/** Options of `SqueezeExcite`. */
export interface SqueezeExciteOptions extends RandomInit {
  /** Channels between the convolutions, as a share; rounded to a multiple of 4; default 0.25. */
  ratio?: number | undefined
}

/**
 * Squeeze and excitation (Hu et al. 2018, https://arxiv.org/abs/1709.01507) as GhostNet uses it: each channel is scaled by
 * hardSigmoid(expand(relu(reduce(mean over the plane)))), two 1×1 convolutions with a quarter of the channels between them.
 */
export class SqueezeExcite extends Module {
  readonly convReduce: Conv2d
  readonly convExpand: Conv2d

  constructor(channels: number, { ratio = 0.25, generator }: SqueezeExciteOptions = {}) {
    super()
    const reduced = makeDivisible(channels * ratio, 4)
    this.convReduce = new Conv2d(channels, reduced, 1, { generator })
    this.convExpand = new Conv2d(reduced, channels, 1, { generator })
  }

  /** @param x (N, C, H, W) */
  forward(x: Tensor): Tensor {
    const squeezed = F.adaptiveAvgPool2d(x, 1) // (N, C, 1, 1)
    const gate = this.convExpand.call(F.relu(this.convReduce.call(squeezed)))
    return F.mul(x, F.hardSigmoid(gate))
  }
}
