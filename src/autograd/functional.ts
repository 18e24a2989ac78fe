/**
 * Every differentiable operation as a function on tensors.
 * @module
 */
export { add, addRelu, div, mul, neg, pow, sub } from './ops/arithmetic.js'
export { type AttentionOptions, scaledDotProductAttention } from './ops/attention.js'
export { type BatchNormOptions, batchNorm, type Placement } from './ops/batchNorm.js'
export { type Conv2dOptions, conv2d } from './ops/conv.js'
export { type ConvTranspose2dOptions, convTranspose2d } from './ops/convTranspose.js'
export { type CrossEntropyOptions, crossEntropy, type NllLossOptions, nllLoss } from './ops/crossEntropy.js'
export { dropout } from './ops/dropout.js'
export * from './ops/elementwise.js'
export { groupNorm, layerNorm, layerNorm2d, type NormOptions } from './ops/groupNorm.js'
export { type InterpolateOptions, interpolate } from './ops/interpolate.js'
export { linear, matmul } from './ops/linear.js'
export { logSoftmax, type MSELossOptions, mseLoss, softmax } from './ops/loss.js'
export { adaptiveAvgPool2d, avgPool2d, maxPool2d, type PoolOptions } from './ops/pool.js'
export { max, mean, sum } from './ops/reduce.js'
export { type RoiAlignOptions, roiAlign } from './ops/roiAlign.js'
export { concat, expand, flatten, pad, permute, type Range, reshape, slice, transpose } from './ops/shape.js'
export { upsampleNearest2x } from './ops/upsample.js'
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
  type KlDivOptions,
  klDiv,
  type LossReduction,
  type SmoothL1Options,
  sigmoidFocalLoss,
  smoothL1Loss,
  type WeightedLossOptions,
} from './ops/weightedLoss.js'
export type { Pair } from './ops/window.js'
