import * as F from '../autograd/functional.js'
import type { Tensor } from '../tensor/tensor.js'
import { BatchNorm2d } from './batchNorm.js'
import { Conv2d } from './conv2d.js'
import { convBatchNorm } from './convBatchNorm.js'
import { GhostModule } from './ghostModule.js'
import type { RandomInit } from './init.js'
import { Module } from './module.js'
import { Sequential } from './sequential.js'
import { SqueezeExcite } from './squeezeExcite.js'

/** Options of `GhostBottleneck`. */
export interface GhostBottleneckOptions extends RandomInit {
  /** Size of the depthwise convolution where the stride is 2; default 3. */
  kernel?: number
  stride?: 1 | 2
  /** Squeeze and excitation between the Ghost modules; default false. */
  se?: boolean
}

/**
 * The Ghost bottleneck (Han et al. 2020, figure 3): a Ghost module expands inp to mid channels with relu, a second one projects
 * them to oup without, and a shortcut is added. With stride 2 a depthwise convolution lies between the two.
 *
 * The shortcut is x itself where shape is kept, else a depthwise convolution with the stride and a 1×1 convolution.
 * (N, inp, H, W) → (N, oup, ⌈H / stride⌉, ⌈W / stride⌉)
 */
export class GhostBottleneck extends Module {
  readonly ghost1: GhostModule
  readonly convDw: Conv2d | null
  readonly bnDw: BatchNorm2d | null
  readonly se: SqueezeExcite | null
  readonly ghost2: GhostModule
  readonly shortcut: Sequential

  constructor(inp: number, mid: number, oup: number, options: GhostBottleneckOptions = {}) {
    super()
    const { kernel = 3, stride = 1, se = false, generator } = options
    const depthwise = (channels: number) =>
      new Conv2d(channels, channels, kernel, {
        stride,
        padding: (kernel - 1) / 2,
        groups: channels,
        bias: false,
        generator,
      })
    this.ghost1 = new GhostModule(inp, mid, { generator })
    this.convDw = stride > 1 ? depthwise(mid) : null
    this.bnDw = stride > 1 ? new BatchNorm2d(mid) : null
    this.se = se ? new SqueezeExcite(mid, { generator }) : null
    this.ghost2 = new GhostModule(mid, oup, { relu: false, generator })
    this.shortcut =
      stride === 1 && inp === oup
        ? new Sequential()
        : new Sequential(
            depthwise(inp),
            new BatchNorm2d(inp),
            new Conv2d(inp, oup, 1, { bias: false, generator }),
            new BatchNorm2d(oup),
          )
  }

  forward(x: Tensor): Tensor {
    let y = this.ghost1.call(x)
    if (this.convDw && this.bnDw) y = convBatchNorm(this.convDw, this.bnDw, y)
    if (this.se) y = this.se.call(y)
    y = this.ghost2.call(y)
    return this.shortcut[0] ? this.shortcut.call(x, { residual: y }) : F.add(y, x)
  }
}
