import * as F from '../../autograd/functional.js'
import { Conv2d } from '../../nn/conv2d.js'
import { constant, kaimingUniform, type RandomInit } from '../../nn/init.js'
import { Module } from '../../nn/module.js'
import { Sequential } from '../../nn/sequential.js'
import type { Tensor } from '../../tensor/tensor.js'

/** Where the levels beyond the backbone's come from. */
export type ExtraLevels =
  /** P6 = 3×3, stride 2, of C5; P7 = 3×3, stride 2, of relu(P6)  (RetinaNet). */
  | 'c5'
  /** The same of P5, as torchvision's RetinaNet. */
  | 'p5'
  /** P6 = every second place of P5  (Faster R-CNN). */
  | 'pool'

export interface FpnOptions extends RandomInit {
  /** Of all its levels; default 256. */
  channels?: number
  extra: ExtraLevels
}

/** A convolution with a bias, starting as in torchvision's FPN: uniform, with the variance 1 / fanIn, and biases of 0. */
export function fpnConv(inp: number, oup: number, kernel: number, stride: number, { generator }: RandomInit): Conv2d {
  const conv = new Conv2d(inp, oup, kernel, { stride, padding: (kernel - 1) / 2, generator })
  kaimingUniform(conv.weight, { generator, gain: 1 })
  constant(conv.bias!, 0)
  return conv
}

class ExtraConvolutions extends Module<[c5: Tensor, p5: Tensor], Tensor[]> {
  readonly p6: Conv2d
  readonly p7: Conv2d
  readonly #usesP5: boolean

  constructor(inp: number, channels: number, usesP5: boolean, options: RandomInit) {
    super()
    this.p6 = fpnConv(inp, channels, 3, 2, options)
    this.p7 = fpnConv(channels, channels, 3, 2, options)
    this.#usesP5 = usesP5
  }

  forward(c5: Tensor, p5: Tensor): Tensor[] {
    const p6 = this.p6.call(this.#usesP5 ? p5 : c5)
    return [p6, this.p7.call(F.relu(p6))]
  }
}

/**
 * The feature pyramid (Lin et al. 2017, https://arxiv.org/abs/1612.03144), named as in torchvision:
 *
 *     Mₗ = conv1×1(Cₗ) + upsample(Mₗ₊₁),   Pₗ = conv3×3(Mₗ)
 *
 * and levels beyond the last, as `ExtraLevels` says. [(N, Cₗ, Hₗ, Wₗ)] → [(N, channels, Hₗ, Wₗ)], finest first.
 */
export class FeaturePyramid extends Module<[levels: readonly Tensor[]], Tensor[]> {
  readonly innerBlocks: Sequential[]
  readonly layerBlocks: Sequential[]
  readonly extraBlocks: ExtraConvolutions | null

  constructor(inChannels: readonly number[], { channels = 256, extra, generator }: FpnOptions) {
    super()
    this.innerBlocks = inChannels.map((n) => new Sequential(fpnConv(n, channels, 1, 1, { generator })))
    this.layerBlocks = inChannels.map(() => new Sequential(fpnConv(channels, channels, 3, 1, { generator })))
    const inp = extra === 'c5' ? inChannels.at(-1)! : channels
    this.extraBlocks = extra === 'pool' ? null : new ExtraConvolutions(inp, channels, extra === 'p5', { generator })
  }

  forward(levels: readonly Tensor[]): Tensor[] {
    const pyramid: Tensor[] = []
    let merged: Tensor | null = null
    for (let i = levels.length - 1; i >= 0; i--) {
      const lateral = this.innerBlocks[i]!.call(levels[i]!)
      const [, , height, width] = lateral.shape as [number, number, number, number]
      merged = merged ? F.add(lateral, F.upsampleNearest2x(merged, [height, width])) : lateral
      pyramid.unshift(this.layerBlocks[i]!.call(merged))
    }
    const last = pyramid.at(-1)!
    if (!this.extraBlocks) return [...pyramid, F.maxPool2d(last, 1, { stride: 2 })]
    return [...pyramid, ...this.extraBlocks.call(levels.at(-1)!, last)]
  }
}
