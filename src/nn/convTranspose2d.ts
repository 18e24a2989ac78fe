import * as F from '../autograd/functional.js'
import { GhostgradError } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { type RandomInit, torchDefault } from './init.js'
import { Module } from './module.js'
import { Parameter } from './parameter.js'

/** Options of `ConvTranspose2d`, with the defaults of PyTorch. */
export interface ConvTranspose2dLayerOptions extends RandomInit {
  stride?: F.Pair | undefined
  padding?: F.Pair | undefined
  /** Rows and columns that the result has more at its end. */
  outputPadding?: F.Pair | undefined
  dilation?: F.Pair | undefined
  groups?: number | undefined
  /** Default true. */
  bias?: boolean | undefined
}

/**
 * Transposed convolution, as torch.nn.ConvTranspose2d: (N, C, H, W) → (N, K, H′, W′), see `convTranspose2d`. Starts
 * uniform over ±1 / √(K/groups · R · S).
 */
export class ConvTranspose2d extends Module {
  /** (C, K / groups, R, S) */
  readonly weight: Parameter
  /** (K,) */
  readonly bias: Parameter | null
  readonly stride: F.Pair
  readonly padding: F.Pair
  readonly outputPadding: F.Pair
  readonly dilation: F.Pair
  readonly groups: number

  /** @param kernelSize one size for both directions, or [height, width] */
  constructor(inChannels: number, outChannels: number, kernelSize: F.Pair, options: ConvTranspose2dLayerOptions = {}) {
    super()
    this.stride = options.stride ?? 1
    this.padding = options.padding ?? 0
    this.outputPadding = options.outputPadding ?? 0
    this.dilation = options.dilation ?? 1
    this.groups = options.groups ?? 1
    if (inChannels % this.groups !== 0 || outChannels % this.groups !== 0) {
      throw new GhostgradError(
        `ConvTranspose2d: expected groups to divide ${inChannels} input and ${outChannels} output channels, got ${this.groups}`,
      )
    }
    const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize
    this.weight = new Parameter([inChannels, outChannels / this.groups, height, width])
    this.bias = (options.bias ?? true) ? new Parameter([outChannels]) : null
    torchDefault(this.weight, this.bias, options)
  }

  forward(x: Tensor): Tensor {
    return F.convTranspose2d(x, this.weight, this)
  }
}
