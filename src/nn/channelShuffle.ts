import * as F from '../autograd/functional.js'
import { ShapeError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { Module } from './module.js'

/**
 * Deal the channels of each group out to all groups, as torch.nn.ChannelShuffle: channel i of group j of g becomes channel
 * i · g + j (Zhang et al. 2018, https://arxiv.org/abs/1707.01083). (N, C, H, W) → the same; g divides C.
 */
export class ChannelShuffle extends Module {
  constructor(readonly groups: number) {
    super()
  }

  forward(x: Tensor): Tensor {
    const [N, C, H, W] = x.shape as [number, number, number, number]
    if (C % this.groups !== 0) {
      throw new ShapeError(`ChannelShuffle: expected groups to divide the ${C} channels, got ${this.groups}`)
    }
    const split = F.reshape(x, [N, this.groups, C / this.groups, H * W])
    return F.reshape(F.transpose(split, 1, 2), [N, C, H, W])
  }
}
