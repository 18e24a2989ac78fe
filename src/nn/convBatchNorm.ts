import { isGradEnabled } from '../autograd/gradMode.js'
import { convBatchNorm as foldedConvolution } from '../autograd/ops/convBatchNorm.js'
import type { Tensor } from '../tensor/tensor.js'
import { BatchNorm2d, type BatchNormEpilogue } from './batchNorm.js'
import { Conv2d } from './conv2d.js'

/**
 * bn(conv(x)) with batch norm's epilogue. In evaluation without gradients it is one convolution with batch norm folded in, as
 * torch.nn.utils.fuse_conv_bn_eval makes one; folded anew at each call, so that it always is that of the present weights.
 *
 * The two modules are then not called on their own; except where a hook waits for one of them, or one has a `forward` of its own.
 * @param x (N, C, H, W)
 */
export function convBatchNorm(conv: Conv2d, bn: BatchNorm2d, x: Tensor, epilogue: BatchNormEpilogue = {}): Tensor {
  const { weight, bias, runningMean, runningVar, eps } = bn
  const isEvaluation = !isGradEnabled() && !bn.training && runningMean !== null
  if (!isEvaluation || !isOrdinary(conv, bn)) return bn.call(conv.call(x), epilogue)
  return foldedConvolution(x, conv.weight, conv, { weight, bias, runningMean, runningVar, eps, ...epilogue })
}

const isOrdinary = (conv: Conv2d, bn: BatchNorm2d): boolean =>
  !(conv.isHooked || bn.isHooked) &&
  conv.forward === Conv2d.prototype.forward &&
  bn.forward === BatchNorm2d.prototype.forward
