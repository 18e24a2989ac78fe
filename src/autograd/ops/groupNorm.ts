import type { GroupSpec } from '../../tensor/backend.js'
import { ShapeError, showShape } from '../../tensor/errors.js'
import { type Shape, sameShape, sizeOf } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { reshape } from './shape.js'

/** What the operation is called with. */
export interface GroupNormCall {
  spec: GroupSpec
  eps: number
  hasWeight: boolean
  hasBias: boolean
}

const normOp = (name: string) =>
  defineOp({
    name,
    rule: 'dx = rstd · (g − (Σg + x̂ · Σg·x̂) / m), dw = Σ dy·x̂, db = Σ dy; g = dy · w',
    forward: (inputs, { spec, eps, hasWeight, hasBias }: GroupNormCall, { backend }) => {
      const x = inputs[0]!
      const weight = hasWeight ? inputs[1]! : null
      const bias = hasBias ? inputs.at(-1)! : null
      const { y, mean, rstd } = backend.groupNorm(x, weight, bias, spec, eps)
      return { out: y, saved: { x, weight, mean, rstd, affineShape: (weight ?? bias ?? x).shape } }
    },
    backward: (dy, { affineShape, ...saved }, { backend, options: { spec, hasWeight, hasBias } }) => {
      const { dx, dWeight, dBias } = backend.groupNormGrad(dy, saved, spec)
      const gradients = [dx]
      if (hasWeight) gradients.push(backend.reshape(dWeight, affineShape))
      if (hasBias) gradients.push(backend.reshape(dBias, affineShape))
      return gradients
    },
  })

const layerNormOp = normOp('layerNorm')
const groupNormOp = normOp('groupNorm')

/** Scale and shift after normalization, and what keeps it finite. */
export interface NormOptions {
  /** Scale; default: 1. */
  weight?: Tensor | null | undefined
  /** Shift; default: 0. */
  bias?: Tensor | null | undefined
  /** Added to the variance; default 1e-5. */
  eps?: number | undefined
}

function normalize(
  op: typeof groupNormOp,
  x: Tensor,
  spec: GroupSpec,
  { weight = null, bias = null, eps = 1e-5 }: NormOptions,
): Tensor {
  const inputs = [x]
  if (weight) inputs.push(weight)
  if (bias) inputs.push(bias)
  return op(inputs, { spec, eps, hasWeight: weight !== null, hasBias: bias !== null })
}

/**
 * (x − mean) / √(variance + eps) · weight + bias over the last axes of x, as torch.nn.functional.layer_norm
 * (Ba et al. 2016, https://arxiv.org/abs/1607.06450).
 * @param x (…, normalizedShape)
 * @param normalizedShape sizes of the last axes, which weight and bias have too; a number: the size of the last one
 */
export function layerNorm(x: Tensor, normalizedShape: number | Shape, options: NormOptions = {}): Tensor {
  const sizes = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape
  const lead = x.rank - sizes.length
  if (sizes.length === 0 || lead < 0 || !sameShape(x.shape.slice(lead), sizes)) {
    throw new ShapeError(
      `layerNorm: expected the last axes of the input to be ${showShape(sizes)}, got an input ${showShape(x.shape)}`,
    )
  }
  checkAffine('layerNorm', sizes, options)
  if (lead === 0) return reshape(layerNorm(reshape(x, [1, ...sizes]), sizes, options), sizes)
  // The first axis is the batch, the second are channels: what is normalized begins with them or with places.
  const spec: GroupSpec =
    lead === 1
      ? { channels: sizes[0]!, places: sizeOf(sizes.slice(1)), affine: 'both' }
      : { channels: 1, places: sizeOf(sizes), affine: 'place' }
  return normalize(layerNormOp, x, spec, options)
}

/**
 * `layerNorm` of images over their channels, at each place: the layer norm of ConvNeXt (Liu et al. 2022,
 * https://arxiv.org/abs/2201.03545).
 * @param x (N, C, …), with weight and bias (C,)
 */
export function layerNorm2d(x: Tensor, options: NormOptions = {}): Tensor {
  const C = channelsOf('layerNorm2d', x)
  checkAffine('layerNorm2d', [C], options)
  return normalize(layerNormOp, x, { channels: C, places: 1, affine: 'channel' }, options)
}

/**
 * (x − mean) / √(variance + eps) · weight + bias over each of `groups` groups of channels of an image, as
 * torch.nn.functional.group_norm (Wu and He 2018, https://arxiv.org/abs/1803.08494). As many groups as channels:
 * instance norm.
 * @param x (N, C, …), with weight and bias (C,)
 */
export function groupNorm(x: Tensor, groups: number, options: NormOptions = {}): Tensor {
  const C = channelsOf('groupNorm', x)
  if (!Number.isInteger(groups) || groups < 1 || C % groups !== 0) {
    throw new ShapeError(
      `groupNorm: expected groups to divide the ${C} channels of ${showShape(x.shape)}, got ${groups}`,
    )
  }
  checkAffine('groupNorm', [C], options)
  const spec: GroupSpec = { channels: C / groups, places: sizeOf(x.shape.slice(2)), affine: 'channel' }
  return normalize(groupNormOp, x, spec, options)
}

function channelsOf(op: string, x: Tensor): number {
  const [, C] = x.shape
  if (C === undefined) throw new ShapeError(`${op}: expected an input (N, C, …), got ${showShape(x.shape)}`)
  return C
}

function checkAffine(op: string, shape: Shape, { weight, bias }: NormOptions): void {
  for (const [what, tensor] of [['weight', weight] as const, ['bias', bias] as const]) {
    if (tensor && !sameShape(tensor.shape, shape)) {
      throw new ShapeError(`${op}: expected ${what} ${showShape(shape)}, got ${showShape(tensor.shape)}`)
    }
  }
}
