import * as F from '../autograd/functional.js'
import { BatchNorm2d } from '../nn/batchNorm.js'
import { Conv2d } from '../nn/conv2d.js'
import { convBatchNorm } from '../nn/convBatchNorm.js'
import { GhostModule } from '../nn/ghostModule.js'
import type { RandomInit } from '../nn/init.js'
import { Module } from '../nn/module.js'
import type { Tensor } from '../tensor/tensor.js'

/**
 * The shortcut without parameters (option A of He et al. 2015): x itself where shape is kept, else every other pixel, with channels
 * of zeros on either side. (N, C, H, W) → (N, K, ⌈H / stride⌉, ⌈W / stride⌉)
 */
export class ZeroPadShortcut extends Module {
  readonly #before: number
  readonly #after: number

  constructor(
    inChannels: number,
    outChannels: number,
    readonly stride: number,
  ) {
    super()
    const added = outChannels - inChannels
    this.#before = Math.floor(added / 2)
    this.#after = added - this.#before
  }

  forward(x: Tensor): Tensor {
    const step = [0, undefined, this.stride] as const
    const kept = this.stride === 1 ? x : F.slice(x, [null, null, step, step])
    const none = [0, 0] as const
    return this.#after === 0 ? kept : F.pad(kept, [none, [this.#before, this.#after], none, none])
  }
}

export interface BlockOptions extends RandomInit {
  /** Channels between the two convolutions; default: those of the output. */
  between?: number
}

/** relu(bn(conv(relu(bn(conv(x))))) + shortcut(x)), 3×3 convolutions, the first with the stride. */
export class BasicBlock extends Module {
  readonly conv1: Conv2d
  readonly bn1: BatchNorm2d
  readonly conv2: Conv2d
  readonly bn2: BatchNorm2d
  readonly shortcut: ZeroPadShortcut

  constructor(inChannels: number, outChannels: number, stride: number, options: BlockOptions = {}) {
    super()
    const { between = outChannels, generator } = options
    this.conv1 = new Conv2d(inChannels, between, 3, { generator, stride, padding: 1, bias: false })
    this.bn1 = new BatchNorm2d(between)
    this.conv2 = new Conv2d(between, outChannels, 3, { generator, padding: 1, bias: false })
    this.bn2 = new BatchNorm2d(outChannels)
    this.shortcut = new ZeroPadShortcut(inChannels, outChannels, stride)
  }

  forward(x: Tensor): Tensor {
    const y = convBatchNorm(this.conv1, this.bn1, x, { relu: true })
    return convBatchNorm(this.conv2, this.bn2, y, { residual: this.shortcut.call(x), relu: true })
  }
}

/** The basic block with its two convolutions (and their batch norms) replaced by Ghost modules. */
export class GhostBasicBlock extends Module {
  readonly conv1: GhostModule
  readonly conv2: GhostModule
  readonly shortcut: ZeroPadShortcut

  constructor(
    inChannels: number,
    outChannels: number,
    stride: number,
    { between = outChannels, ...options }: BlockOptions & { ratio: number; dwSize: number },
  ) {
    super()
    this.conv1 = new GhostModule(inChannels, between, { ...options, kernel: 3, stride })
    this.conv2 = new GhostModule(between, outChannels, { ...options, kernel: 3, relu: false })
    this.shortcut = new ZeroPadShortcut(inChannels, outChannels, stride)
  }

  forward(x: Tensor): Tensor {
    const y = this.conv2.call(this.conv1.call(x))
    return F.addRelu(y, this.shortcut.call(x))
  }
}
