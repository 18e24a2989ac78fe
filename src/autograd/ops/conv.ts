import type { ConvSpec } from '../../tensor/backend.js'
import { ShapeError, showShape } from '../../tensor/errors.js'
import { convOutputShape, type Shape } from '../../tensor/shape.js'
import type { Tensor } from '../../tensor/tensor.js'
import { defineOp } from '../op.js'
import { oneImageToo } from './oneImage.js'
import { pad } from './pad.js'
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
  /** `valid`: none. `same`: as much as keeps the plane's size, with stride 1; what is odd goes to the end. */
  padding?: Pair | 'same' | 'valid'
  dilation?: Pair
  groups?: number
}

/**
 * Two-dimensional cross-correlation, as torch.nn.functional.conv2d.
 * @param x (N, C, H, W), or one image (C, H, W)
 * @param weight (K, C / groups, R, S)
 * @returns (N, K, H′, W′) or (K, H′, W′), H′ = ⌊(H + 2·padding − dilation·(R − 1) − 1) / stride⌋ + 1
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  return oneImageToo(x, (images) => {
    const { padded, spec } = prepareConv2d(images, weight, options)
    return convOp(options.bias ? [padded, weight, options.bias] : [padded, weight], spec)
  })
}

/**
 * The geometry of a convolution, the shape of its result, and the input, with a row or a column of zeros at its end where padding is not
 * the same on both sides.
 * @throws ShapeError if its parts do not fit
 */
export function prepareConv2d(
  x: Tensor,
  weight: Tensor,
  options: Conv2dOptions,
): { padded: Tensor; spec: ConvSpec; outShape: Shape } {
  const { bias = null, groups = 1 } = options
  const shapes = `(input ${showShape(x.shape)}, weight ${showShape(weight.shape)})`
  if (x.rank !== 4 || weight.rank !== 4) {
    throw new ShapeError(`conv2d: expected input (N, C, H, W) and weight (K, C / groups, R, S) ${shapes}`)
  }
  const stride = pair('conv2d', 'stride', options.stride ?? 1, 1)
  const dilation = pair('conv2d', 'dilation', options.dilation ?? 1, 1)
  const { padding, more } = paddingOf(options.padding ?? 0, weight.shape, stride, dilation)
  const spec: ConvSpec = { stride, padding, dilation, groups }
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
  const padded = more.some((n) => n > 0) ? pad(x, [none, none, [0, more[0]], [0, more[1]]]) : x
  const outShape = convOutputShape(padded.shape, weight.shape, spec)
  if (outShape[2]! < 1 || outShape[3]! < 1) {
    throw new ShapeError(`conv2d: the kernel is larger than the padded input ${shapes}`)
  }
  return { padded, spec, outShape }
}

const none = [0, 0] as const

/** The padding on both sides of the plane, and how much more there is at its end. */
function paddingOf(
  padding: Pair | 'same' | 'valid',
  weight: Shape,
  stride: readonly [number, number],
  dilation: readonly [number, number],
): { padding: [number, number]; more: [number, number] } {
  if (padding === 'valid') return { padding: [0, 0], more: [0, 0] }
  if (padding !== 'same') return { padding: pair('conv2d', 'padding', padding, 0), more: [0, 0] }
  if (stride[0] !== 1 || stride[1] !== 1) {
    throw new ShapeError(`conv2d: padding "same" is for stride 1, got ${showShape(stride)}`)
  }
  const [height, width] = [dilation[0] * (weight[2]! - 1), dilation[1] * (weight[3]! - 1)]
  return { padding: [Math.floor(height / 2), Math.floor(width / 2)], more: [height % 2, width % 2] }
}
