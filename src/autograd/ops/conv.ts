import type { ConvSpec } from '../../tensor/backend.js'
import { ShapeError, showShape } from '../../tensor/errors.js'
import { convOutputShape, type Shape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { type Pair, pair } from './window.js'

const convOp = defineOp({
  name: 'conv2d',
  rule: 'dx = dy ⋆ᵀ w, dw = x ⋆ dy, dbias = Σ dy over N, H, W',
  forward: ([x, weight, bias], spec: ConvSpec, { backend, needs }) => ({
    out: backend.conv2d(x!, weight!, bias ?? null, spec),
    saved: {
      x: needs[1] ? x! : null,
      weight: needs[0] ? weight! : null,
      xShape: x!.shape,
      weightShape: weight!.shape,
    },
  }),
  backward: (dy, { x, weight, xShape, weightShape }, { backend, needs, options: spec }) => [
    weight && backend.conv2dInputGrad(dy, weight, spec, xShape),
    x && backend.conv2dWeightGrad(x, dy, spec, weightShape),
    needs[2] ? backend.sum(dy, [0, 2, 3], false) : null,
  ],
})

/** Geometry and bias of `conv2d`, with the defaults of PyTorch. */
export interface Conv2dOptions {
  /** (K,) */
  bias?: Tensor | null
  stride?: Pair
  padding?: Pair
  dilation?: Pair
  groups?: number
}

/**
 * Two-dimensional cross-correlation, as torch.nn.functional.conv2d.
 * @param x (N, C, H, W)
 * @param weight (K, C / groups, R, S)
 * @returns (N, K, H′, W′), H′ = ⌊(H + 2·padding − dilation·(R − 1) − 1) / stride⌋ + 1
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  const { spec } = checkConv2d(x, weight, options)
  return convOp(options.bias ? [x, weight, options.bias] : [x, weight], spec)
}

/**
 * The geometry of a convolution and the shape of its result.
 * @throws ShapeError if its parts do not fit
 */
export function checkConv2d(x: Tensor, weight: Tensor, options: Conv2dOptions): { spec: ConvSpec; outShape: Shape } {
  const { bias = null, groups = 1 } = options
  const spec: ConvSpec = {
    stride: pair('conv2d', 'stride', options.stride ?? 1, 1),
    padding: pair('conv2d', 'padding', options.padding ?? 0, 0),
    dilation: pair('conv2d', 'dilation', options.dilation ?? 1, 1),
    groups,
  }
  const shapes = `(input ${showShape(x.shape)}, weight ${showShape(weight.shape)})`
  if (x.rank !== 4 || weight.rank !== 4) {
    throw new ShapeError(`conv2d: expected input (N, C, H, W) and weight (K, C / groups, R, S) ${shapes}`)
  }
  const [K, groupChannels] = weight.shape as [number, number]
  if (!Number.isInteger(groups) || groups < 1 || K % groups !== 0) {
    throw new ShapeError(`conv2d: expected groups to divide the ${K} output channels, got groups ${groups} ${shapes}`)
  }
  if (x.shape[1] !== groupChannels * groups) {
    throw new ShapeError(`conv2d: expected ${groupChannels * groups} input channels, got ${x.shape[1]} ${shapes}`)
  }
  if (bias && (bias.rank !== 1 || bias.shape[0] !== K)) {
    throw new ShapeError(`conv2d: expected bias (${K},), got ${showShape(bias.shape)}`)
  }
  const outShape = convOutputShape(x.shape, weight.shape, spec)
  if (outShape[2]! < 1 || outShape[3]! < 1) {
    throw new ShapeError(`conv2d: the kernel is larger than the padded input ${shapes}`)
  }
  return { spec, outShape }
}
