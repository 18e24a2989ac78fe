/**
 * Every differentiable operation as a function on tensors.
 * @module
 */
export { add, addRelu, div, maximum, minimum, mul, neg, pow, sub } from './ops/arithmetic.js'
export { type AttentionOptions, scaledDotProductAttention } from './ops/attention.js'
export { type BatchNormOptions, batchNorm, type Placement } from './ops/batchNorm.js'
export { type Conv2dOptions, conv2d } from './ops/conv.js'
export { type ConvTranspose2dOptions, convTranspose2d } from './ops/convTranspose.js'
export { type CrossEntropyOptions, crossEntropy, type NllLossOptions, nllLoss } from './ops/crossEntropy.js'
export { dropout } from './ops/dropout.js'
export * from './ops/elementwise.js'
export { groupNorm, layerNorm, layerNorm2d, type NormOptions } from './ops/groupNorm.js'
export { gather, indexSelect } from './ops/indexing.js'
export { type InterpolateOptions, interpolate } from './ops/interpolate.js'
export { linear, matmul } from './ops/linear.js'
export { logSoftmax, type MSELossOptions, mseLoss, softmax } from './ops/loss.js'
export { type PadMode, pad } from './ops/pad.js'
export {
  type AvgPoolOptions,
  adaptiveAvgPool2d,
  avgPool2d,
  type MaxPoolOptions,
  maxPool2d,
  type PoolOptions,
} from './ops/pool.js'
export { logSumExp, max, mean, sum } from './ops/reduce.js'
export { type RoiAlignOptions, roiAlign } from './ops/roiAlign.js'
export { clamp, greater, where } from './ops/select.js'
export {
  concat,
  expand,
  flatten,
  permute,
  type Range,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  transpose,
  unsqueeze,
} from './ops/shape.js'
export { upsampleNearest2x } from './ops/upsample.js'
export { std, type VarianceOptions, var } from './ops/variance.js'
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
