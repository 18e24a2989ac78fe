import type * as F from '../../autograd/functional.js'
import * as operations from '../../autograd/ops/elementwise.js'

/**
 * What an argument that is not a tensor of the graph may be: `numbers` is one number or a list of them, `operand` a number, a tensor or
 * null, `filling` a number or a text, `padding` numbers or a text.
 */
export type Kind = 'number' | 'numbers' | 'list' | 'flag' | 'text' | 'operand' | 'filling' | 'padding' | 'tensor'

/** How an expression calls a function: first tensors, then plain values, then name=value. A "?" says that one may be left out. */
export interface Signature {
  /** `list`: one list of tensors. */
  tensors: readonly string[] | 'list'
  plain?: Readonly<Record<string, Kind | `${Kind}?`>>
  /** Taken by name only, all may be left out. */
  options?: Readonly<Record<string, Kind>>
}

const one: Signature = { tensors: ['x'] }
const two: Signature = { tensors: ['a', 'b'] }
const reduction: Signature = { tensors: ['x'], plain: { axes: 'numbers?', keepDims: 'flag?' } }
const alongAxis: Signature = { tensors: ['x'], plain: { axis: 'number?' } }
const norm = { weight: 'tensor', bias: 'tensor', eps: 'number' } as const
const window = { stride: 'numbers', padding: 'numbers' } as const
const pooling = { ...window, ceilMode: 'flag' } as const
const spread: Signature = {
  tensors: ['x'],
  plain: { axes: 'numbers?' },
  options: { correction: 'number', keepDims: 'flag' },
}

const elementwiseSignatures = Object.fromEntries(Object.keys(operations).map((name) => [name, one])) as {
  [Name in keyof typeof operations]: Signature
}

/** Total: an operation that expressions cannot call does not compile. */
export const signatures: { [Name in keyof typeof F]: Signature } = {
  add: two,
  addRelu: two,
  sub: two,
  mul: two,
  div: two,
  greater: two,
  maximum: two,
  minimum: two,
  matmul: two,
  mseLoss: two,
  neg: one,
  ...elementwiseSignatures,
  elu: { tensors: ['x'], options: { alpha: 'number' } },
  leakyRelu: { tensors: ['x'], options: { negativeSlope: 'number' } },
  softplus: { tensors: ['x'], options: { beta: 'number', threshold: 'number' } },
  pow: { tensors: ['x'], plain: { exponent: 'operand' } },
  clamp: { tensors: ['x'], plain: { low: 'operand', high: 'operand?' } },
  where: { tensors: ['condition', 'a', 'b'] },
  linear: { tensors: ['x', 'weight', 'bias?'] },
  conv2d: {
    tensors: ['x', 'weight'],
    options: { bias: 'tensor', stride: 'numbers', padding: 'padding', dilation: 'numbers', groups: 'number' },
  },
  batchNorm: {
    tensors: ['x'],
    options: {
      weight: 'tensor',
      bias: 'tensor',
      runningMean: 'tensor',
      runningVar: 'tensor',
      residual: 'tensor',
      training: 'flag',
      relu: 'flag',
      eps: 'number',
      momentum: 'number',
    },
  },
  convTranspose2d: {
    tensors: ['x', 'weight'],
    options: { bias: 'tensor', ...window, outputPadding: 'numbers', dilation: 'numbers', groups: 'number' },
  },
  groupNorm: { tensors: ['x'], plain: { groups: 'number' }, options: norm },
  layerNorm: { tensors: ['x'], plain: { normalizedShape: 'numbers' }, options: norm },
  layerNorm2d: { tensors: ['x'], options: norm },
  interpolate: {
    tensors: ['x'],
    options: { size: 'numbers', scaleFactor: 'numbers', mode: 'text', alignCorners: 'flag' },
  },
  scaledDotProductAttention: {
    tensors: ['query', 'key', 'value'],
    options: { mask: 'tensor', isCausal: 'flag', scale: 'number' },
  },
  maxPool2d: { tensors: ['x'], plain: { kernel: 'numbers' }, options: { ...pooling, dilation: 'numbers' } },
  avgPool2d: {
    tensors: ['x'],
    plain: { kernel: 'numbers' },
    options: { ...pooling, countIncludePad: 'flag', divisorOverride: 'number' },
  },
  adaptiveAvgPool2d: { tensors: ['x'], plain: { size: 'numbers' } },
  upsampleNearest2x: { tensors: ['x'], plain: { size: 'list?' } },
  roiAlign: {
    tensors: 'list',
    options: {
      boxes: 'list',
      images: 'list',
      levels: 'list',
      scales: 'list',
      size: 'list',
      samplingRatio: 'number',
    },
  },
  sum: reduction,
  mean: reduction,
  max: reduction,
  logSumExp: reduction,
  var: spread,
  std: spread,
  softmax: alongAxis,
  logSoftmax: alongAxis,
  crossEntropy: {
    tensors: ['logits'],
    plain: { labels: 'list' },
    options: { labelSmoothing: 'number', weight: 'list', ignoreIndex: 'number' },
  },
  nllLoss: {
    tensors: ['logProbabilities'],
    plain: { labels: 'list' },
    options: { weight: 'list', ignoreIndex: 'number' },
  },
  klDiv: { tensors: ['x', 'target'], options: { logTarget: 'flag' } },
  smoothL1Loss: { tensors: ['x'], plain: { target: 'list' }, options: { beta: 'number', weight: 'list' } },
  binaryCrossEntropyWithLogits: {
    tensors: ['x'],
    plain: { target: 'list' },
    options: { weight: 'list', posWeight: 'list' },
  },
  sigmoidFocalLoss: {
    tensors: ['x'],
    plain: { target: 'list' },
    options: { alpha: 'number', gamma: 'number', weight: 'list' },
  },
  dropout: { tensors: ['x'], plain: { p: 'number' }, options: { training: 'flag' } },
  reshape: { tensors: ['x'], plain: { shape: 'list' } },
  flatten: { tensors: ['x'], plain: { startAxis: 'number?', endAxis: 'number?' } },
  permute: { tensors: ['x'], plain: { axes: 'list' } },
  transpose: { tensors: ['x'], plain: { a: 'number', b: 'number' } },
  expand: { tensors: ['x'], plain: { shape: 'list' } },
  squeeze: { tensors: ['x'], plain: { axes: 'numbers?' } },
  unsqueeze: { tensors: ['x'], plain: { axis: 'number' } },
  split: { tensors: ['x'], plain: { sizes: 'numbers', axis: 'number?' } },
  stack: { tensors: 'list', plain: { axis: 'number?' } },
  gather: { tensors: ['x'], plain: { axis: 'number', index: 'list' } },
  indexSelect: { tensors: ['x'], plain: { axis: 'number', index: 'list' } },
  concat: { tensors: 'list', plain: { axis: 'number?' } },
  slice: { tensors: ['x'], plain: { ranges: 'list' } },
  pad: { tensors: ['x'], plain: { pairs: 'list', filling: 'filling?' } },
}
