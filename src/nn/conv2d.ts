import * as F from '../autograd/functional.js'
import { GhostgradError, knownOptions } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { type RandomInit, torchDefault } from './init.js'
import { Module } from './module.js'
import { Parameter } from './parameter.js'

/** Options of `Conv2d`, with the defaults of PyTorch. */
export interface Conv2dLayerOptions extends RandomInit {
  stride?: F.Pair
  /** `same` keeps the plane's size, with stride 1; `valid`: none. */
  padding?: F.Pair | 'same' | 'valid'
  dilation?: F.Pair
  groups?: number
  /** Default true. */
  bias?: boolean
}

/**
 * Two-dimensional convolution, as torch.nn.Conv2d: y = x ⋆ weight + bias, (N, C, H, W) → (N, K, H′, W′) with
 * H′ = ⌊(H + 2·padding − dilation·(R − 1) − 1) / stride⌋ + 1. Starts uniform over ±1 / √(C/groups · R · S).
 */
export class Conv2d extends Module {
  /** (K, C / groups, R, S) */
  readonly weight: Parameter
  /** (K,) */
  readonly bias: Parameter | null
  readonly stride: F.Pair
  readonly padding: F.Pair | 'same' | 'valid'
  readonly dilation: F.Pair
  readonly groups: number

  /** @param kernelSize one size for both directions, or [height, width] */
  constructor(inChannels: number, outChannels: number, kernelSize: F.Pair, options: Conv2dLayerOptions = {}) {
    super()
    knownOptions('Conv2d', options, ['stride', 'padding', 'dilation', 'groups', 'bias', 'generator'])
    this.stride = options.stride ?? 1
    this.padding = options.padding ?? 0
    this.dilation = options.dilation ?? 1
    this.groups = options.groups ?? 1
    if (inChannels % this.groups !== 0 || outChannels % this.groups !== 0) {
      throw new GhostgradError(
        `Conv2d: expected groups to divide ${inChannels} input and ${outChannels} output channels, got ${this.groups}`,
      )
    }
    const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize
    this.weight = new Parameter([outChannels, inChannels / this.groups, height, width])
    this.bias = (options.bias ?? true) ? new Parameter([outChannels]) : null
    torchDefault(this.weight, this.bias, options)
  }

  forward(x: Tensor): Tensor {
    return F.conv2d(x, this.weight, this)
  }
}
