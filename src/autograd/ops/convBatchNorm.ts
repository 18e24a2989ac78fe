import { spanListener } from '../../tensor/spans.js'
import { Tensor } from '../../tensor/tensor.js'
import { type BatchNormOptions, checkBatchNorm, defaultEps } from './batchNorm.js'
import { type Conv2dOptions, prepareConv2d } from './conv.js'

/**
 * `batchNorm(conv2d(x, weight))` by the running statistics, without a history, as one convolution: batch norm folded into it. With
 * constant statistics it is a scale and a shift of each output channel,
 *
 *   γ · (w ∗ x + b − μ) / √(σ² + ε) + β = s · (w ∗ x) + (β + (b − μ) · s),   s = γ / √(σ² + ε),
 *
 * which the convolution applies as it stores its sums, and then the residual and relu.
 */
export function convBatchNorm(
  x: Tensor,
  weight: Tensor,
  conv: Conv2dOptions,
  norm: Omit<BatchNormOptions, 'training'>,
): Tensor {
  const { padded, spec, outShape } = prepareConv2d(x, weight, conv)
  checkBatchNorm(outShape, { ...norm, training: false })
  const { backend } = x.array
  const constants = {
    weight: norm.weight?.array ?? null,
    bias: norm.bias?.array ?? null,
    mean: norm.runningMean!.array,
    variance: norm.runningVar!.array,
    eps: norm.eps ?? defaultEps,
  }
  const listener = spanListener
  listener?.begin('op', 'conv2d')
  const y = backend.conv2dBatchNorm(padded.array, weight.array, conv.bias?.array ?? null, spec, constants, {
    residual: norm.residual?.array ?? null,
    relu: norm.relu ?? false,
    into: norm.into?.(backend, outShape) ?? null,
  })
  const shapes = { inputs: [x.shape, weight.shape], out: y.shape }
  listener?.end({ pass: 'forward', ...shapes, needs: [false, false], options: spec })
  return new Tensor(y)
}
