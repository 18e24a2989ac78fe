import * as F from '../autograd/functional.js'
import type { Shape } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { Module } from './module.js'
import { Parameter } from './parameter.js'

/** Options of `LayerNorm`. */
export interface LayerNormLayerOptions {
  /** Added to the variance; default 1e-5. */
  eps?: number | undefined
  /** Whether to learn a scale and a shift; default true. */
  elementwiseAffine?: boolean | undefined
  /** Whether there is a shift beside the scale; default true. */
  bias?: boolean | undefined
}

/** Normalization over the last axes, as torch.nn.LayerNorm: see `layerNorm`. Starts with scale 1 and shift 0. */
export class LayerNorm extends Module {
  readonly normalizedShape: Shape
  /** Of the normalized shape. */
  readonly weight: Parameter | null
  /** Of the normalized shape. */
  readonly bias: Parameter | null
  readonly eps: number

  /** @param normalizedShape sizes of the last axes; a number: of the last one */
  constructor(normalizedShape: number | Shape, options: LayerNormLayerOptions = {}) {
    super()
    const { eps = 1e-5, elementwiseAffine = true, bias = true } = options
    this.normalizedShape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape
    this.weight = elementwiseAffine ? new Parameter(this.normalizedShape, 1) : null
    this.bias = elementwiseAffine && bias ? new Parameter(this.normalizedShape, 0) : null
    this.eps = eps
  }

  forward(x: Tensor): Tensor {
    return F.layerNorm(x, this.normalizedShape, this)
  }
}

/** Options of `GroupNorm` and `LayerNorm2d`. */
export interface GroupNormLayerOptions {
  /** Added to the variance; default 1e-5. */
  eps?: number | undefined
  /** Whether to learn a scale and a shift; default true. */
  affine?: boolean | undefined
}

/**
 * Normalization of each group of channels of an image, as torch.nn.GroupNorm: see `groupNorm`. Starts with scale 1 and
 * shift 0.
 */
export class GroupNorm extends Module {
  /** (C,) */
  readonly weight: Parameter | null
  /** (C,) */
  readonly bias: Parameter | null
  readonly eps: number

  constructor(
    readonly numGroups: number,
    numChannels: number,
    { eps = 1e-5, affine = true }: GroupNormLayerOptions = {},
  ) {
    super()
    this.weight = affine ? new Parameter([numChannels], 1) : null
    this.bias = affine ? new Parameter([numChannels], 0) : null
    this.eps = eps
  }

  forward(x: Tensor): Tensor {
    return F.groupNorm(x, this.numGroups, this)
  }
}

/**
 * Layer norm of (N, C, H, W) over the channels at each place, as torchvision.models.convnext.LayerNorm2d: see
 * `layerNorm2d`. Starts with scale 1 and shift 0.
 */
export class LayerNorm2d extends Module {
  /** (C,) */
  readonly weight: Parameter | null
  /** (C,) */
  readonly bias: Parameter | null
  readonly eps: number

  constructor(channels: number, { eps = 1e-5, affine = true }: GroupNormLayerOptions = {}) {
    super()
    this.weight = affine ? new Parameter([channels], 1) : null
    this.bias = affine ? new Parameter([channels], 0) : null
    this.eps = eps
  }

  forward(x: Tensor): Tensor {
    return F.layerNorm2d(x, this)
  }
}
