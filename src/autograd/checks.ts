/** The gradient check of every operation, as data. The table is total: an operation without a check does not compile. */
import {
  batchNormCases,
  binary,
  type Case,
  conv,
  elementwiseCases,
  labelled,
  masked,
  reduction,
  unary,
} from './checkCases.js'
import { any, distinct, type Maker, positive, scaled, twoSided } from './checkInputs.js'
import * as F from './functional.js'
import type { Check } from './runChecks.js'

const table: { [Name in keyof typeof F]: readonly Case[] } = {
  add: binary(F.add, any),
  // |a| ≥ 2 and |b| ≤ 1: no sum comes near the kink.
  addRelu: [{ inputs: [scaled(4, twoSided(3, 4)), any(3, 4)], fn: (a, b) => F.addRelu(a!, b!) }],
  sub: binary(F.sub, any),
  mul: binary(F.mul, any),
  div: binary(F.div, twoSided),
  neg: unary(F.neg, any),
  pow: [
    { what: 'square', inputs: [any(3, 4)], fn: (x) => F.pow(x!, 2) },
    { what: 'cube', inputs: [any(3, 4)], fn: (x) => F.pow(x!, 3) },
    { what: 'reciprocal', inputs: [twoSided(3, 4)], fn: (x) => F.pow(x!, -1) },
    { what: 'exponent 1.7', inputs: [positive(3, 4)], fn: (x) => F.pow(x!, 1.7) },
    { what: 'exponent 0', inputs: [any(3, 4)], fn: (x) => F.pow(x!, 0) },
  ],
  ...elementwiseCases,
  matmul: [
    { inputs: [any(3, 4), any(4, 2)], fn: F.matmul },
    { what: 'batched', inputs: [any(2, 2, 3), any(2, 3, 2)], fn: F.matmul },
  ],
  linear: [
    { inputs: [any(3, 4), any(2, 4), any(2)], fn: F.linear },
    { what: 'no bias', inputs: [any(3, 4), any(2, 4)], fn: (x, w) => F.linear(x!, w!) },
  ],
  conv2d: [
    conv('3×3, padding 1', [2, 2, 4, 5], [3, 2, 3, 3], { padding: 1 }),
    {
      what: 'bias',
      inputs: [any(2, 2, 4, 3), any(3, 2, 3, 3), any(3)],
      fn: (x, w, bias) => F.conv2d(x!, w!, { bias: bias!, padding: 1 }),
    },
    conv('no padding', [1, 2, 5, 4], [2, 2, 3, 2]),
    conv('stride 2', [1, 2, 5, 6], [2, 2, 3, 3], { stride: 2, padding: 1 }),
    conv('stride (1, 3), padding (2, 0)', [1, 1, 4, 8], [2, 1, 3, 3], { stride: [1, 3], padding: [2, 0] }),
    conv('dilation 2', [1, 2, 6, 5], [2, 2, 3, 3], { dilation: 2, padding: 2 }),
    conv('dilation (2, 1), stride (1, 2)', [1, 1, 6, 5], [1, 1, 3, 3], { dilation: [2, 1], stride: [1, 2] }),
    conv('1×1', [2, 3, 3, 2], [4, 3, 1, 1]),
    conv('1×1, stride 2', [1, 3, 4, 5], [2, 3, 1, 1], { stride: 2 }),
    conv('5×5', [1, 1, 6, 5], [2, 1, 5, 5], { padding: 2 }),
    conv('groups', [1, 4, 3, 4], [6, 2, 3, 3], { groups: 2, padding: 1 }),
    conv('depthwise', [2, 3, 4, 4], [3, 1, 3, 3], { groups: 3, padding: 1 }),
    conv('depthwise, stride 2', [1, 3, 5, 4], [3, 1, 3, 3], { groups: 3, padding: 1, stride: 2 }),
    conv('depthwise, multiplier 2', [1, 2, 4, 3], [4, 1, 3, 3], { groups: 2, padding: 1 }),
    conv('depthwise, dilation 2', [1, 2, 5, 5], [2, 1, 3, 3], { groups: 2, padding: 2, dilation: 2 }),
  ],
  convTranspose2d: [
    {
      what: 'stride 2, bias',
      inputs: [any(2, 3, 3, 2), any(3, 2, 2, 2), any(2)],
      fn: (x, w, bias) => F.convTranspose2d(x!, w!, { bias: bias!, stride: 2 }),
    },
    {
      what: 'groups, padding, output padding',
      inputs: [any(1, 4, 3, 4), any(4, 1, 3, 3)],
      fn: (x, w) => F.convTranspose2d(x!, w!, { groups: 2, stride: [2, 3], padding: 1, outputPadding: 1 }),
    },
    {
      what: 'dilation, output padding of the stride',
      inputs: [any(1, 1, 2, 3), any(1, 2, 2, 2)],
      fn: (x, w) => F.convTranspose2d(x!, w!, { dilation: 3, outputPadding: [1, 2] }),
    },
  ],
  groupNorm: [
    {
      inputs: [any(2, 4, 2, 3), positive(4), any(4)],
      fn: (x, weight, bias) => F.groupNorm(x!, 2, { weight, bias }),
    },
    { what: 'instance norm', inputs: [any(2, 3, 4)], fn: (x) => F.groupNorm(x!, 3) },
  ],
  layerNorm: [
    { inputs: [any(3, 5), positive(5), any(5)], fn: (x, weight, bias) => F.layerNorm(x!, 5, { weight, bias }) },
    {
      what: 'inner axes',
      inputs: [any(2, 3, 2, 2), positive(2, 2), any(2, 2)],
      fn: (x, weight, bias) => F.layerNorm(x!, [2, 2], { weight, bias }),
    },
    {
      what: 'all axes but the first, no weight',
      inputs: [any(2, 2, 3), any(2, 3)],
      fn: (x, bias) => F.layerNorm(x!, [2, 3], { bias }),
    },
    { what: 'all axes', inputs: [any(4), positive(4)], fn: (x, weight) => F.layerNorm(x!, [4], { weight }) },
  ],
  layerNorm2d: [
    { inputs: [any(2, 4, 2, 3), positive(4), any(4)], fn: (x, weight, bias) => F.layerNorm2d(x!, { weight, bias }) },
  ],
  interpolate: [
    { what: 'nearest', inputs: [any(2, 2, 3, 2)], fn: (x) => F.interpolate(x!, { size: [5, 3] }) },
    { what: 'bilinear', inputs: [any(1, 2, 3, 4)], fn: (x) => F.interpolate(x!, { scaleFactor: 2, mode: 'bilinear' }) },
    {
      what: 'bilinear, to a smaller size, corners aligned',
      inputs: [any(1, 1, 5, 4)],
      fn: (x) => F.interpolate(x!, { size: [3, 2], mode: 'bilinear', alignCorners: true }),
    },
  ],
  scaledDotProductAttention: [
    {
      inputs: [any(2, 3, 2), any(2, 4, 2), any(2, 4, 3)],
      fn: (query, key, value) => F.scaledDotProductAttention(query!, key!, value!),
    },
    {
      what: 'causal',
      inputs: [any(1, 2, 3, 2), any(1, 2, 3, 2), any(1, 2, 3, 2)],
      fn: (query, key, value) => F.scaledDotProductAttention(query!, key!, value!, { isCausal: true, scale: 2 }),
    },
  ],
  batchNorm: [...batchNormCases(true), ...batchNormCases(false)],
  maxPool2d: [
    { what: '2×2', inputs: [distinct(2, 2, 4, 5)], fn: (x) => F.maxPool2d(x!, 2) },
    {
      what: 'overlapping, padded',
      inputs: [distinct(1, 2, 5, 6)],
      fn: (x) => F.maxPool2d(x!, 3, { stride: 2, padding: 1 }),
    },
    { what: '2×3, stride 1', inputs: [distinct(1, 1, 4, 5)], fn: (x) => F.maxPool2d(x!, [2, 3], { stride: 1 }) },
  ],
  avgPool2d: [
    { what: '2×2', inputs: [any(2, 2, 4, 5)], fn: (x) => F.avgPool2d(x!, 2) },
    {
      what: 'overlapping, padded',
      inputs: [any(1, 2, 5, 6)],
      fn: (x) => F.avgPool2d(x!, 3, { stride: 2, padding: 1 }),
    },
    {
      what: 'padding not counted',
      inputs: [any(1, 2, 5, 6)],
      fn: (x) => F.avgPool2d(x!, [3, 2], { stride: 2, padding: 1, countIncludePad: false }),
    },
  ],
  adaptiveAvgPool2d: [
    { what: 'global', inputs: [any(2, 2, 3, 4)], fn: (x) => F.adaptiveAvgPool2d(x!, 1) },
    { what: 'uneven windows', inputs: [any(1, 2, 5, 7)], fn: (x) => F.adaptiveAvgPool2d(x!, [2, 3]) },
    { what: 'larger than the input', inputs: [any(1, 1, 3, 2)], fn: (x) => F.adaptiveAvgPool2d(x!, [4, 3]) },
  ],
  upsampleNearest2x: [
    { inputs: [any(2, 2, 3, 2)], fn: (x) => F.upsampleNearest2x(x!) },
    { what: 'to odd sizes', inputs: [any(1, 2, 3, 4)], fn: (x) => F.upsampleNearest2x(x!, [5, 7]) },
  ],
  roiAlign: [
    {
      what: 'two images, two levels, beyond the border',
      inputs: [any(2, 2, 6, 5), any(2, 2, 3, 3)],
      fn: (...maps) =>
        F.roiAlign(maps, {
          boxes: [1.3, 0.2, 7.1, 6.4, -4, 2.5, 9, 16.2, 0, 0, 11, 11, 4.1, 4.2, 4.3, 4.5],
          images: [0, 1, 1, 0],
          levels: [0, 1, 0, 1],
          scales: [0.5, 0.25],
          size: [2, 3],
        }),
    },
  ],
  sum: reduction(F.sum, any),
  mean: reduction(F.mean, any),
  max: reduction(F.max, distinct),
  softmax: [
    { inputs: [any(3, 4)], fn: (x) => F.softmax(x!) },
    { what: 'axis 1 of 3', inputs: [any(2, 3, 2)], fn: (x) => F.softmax(x!, 1) },
  ],
  logSoftmax: [
    { inputs: [any(3, 4)], fn: (x) => F.logSoftmax(x!) },
    { what: 'axis 0', inputs: [any(4, 2)], fn: (x) => F.logSoftmax(x!, 0) },
  ],
  crossEntropy: [
    labelled(),
    { what: 'label smoothing', ...labelled({ labelSmoothing: 0.1 }) },
    { what: 'class weights', ...labelled({ weight: [1, 2, 0.5, 3], labelSmoothing: 0.1 }) },
    {
      what: 'probabilities',
      inputs: [any(3, 4), any(3, 4)],
      fn: (x, q) => F.crossEntropy(x!, q!, { weight: [1, 2, 0.5, 3], labelSmoothing: 0.1 }),
    },
    {
      what: '(N, K, …), ignored labels, none',
      inputs: [any(2, 3, 2)],
      fn: (x) => F.crossEntropy(x!, [2, 7, 1, 0], { ignoreIndex: 7, reduction: 'none', labelSmoothing: 0.2 }),
    },
    {
      what: '(N, K, …), probabilities, sum',
      inputs: [any(2, 3, 2), any(2, 3, 2)],
      fn: (x, q) => F.crossEntropy(x!, q!, { reduction: 'sum' }),
    },
    { what: 'one image', inputs: [any(4)], fn: (x) => F.crossEntropy(x!, [2]) },
  ],
  nllLoss: [
    { inputs: [any(3, 4)], fn: (x) => F.nllLoss(x!, [2, 0, 3]) },
    {
      what: '(N, K, …), class weights, ignored labels, none',
      inputs: [any(2, 3, 2)],
      fn: (x) => F.nllLoss(x!, [2, 7, 1, 0], { ignoreIndex: 7, weight: [1, 2, 0.5], reduction: 'none' }),
    },
  ],
  klDiv: [
    { inputs: [any(2, 3), positive(2, 3)], fn: (x, t) => F.klDiv(x!, t!) },
    {
      what: 'of logarithms, batch mean',
      inputs: [any(2, 3), any(2, 3)],
      fn: (x, t) => F.klDiv(x!, t!, { logTarget: true, reduction: 'batchmean' }),
    },
  ],
  mseLoss: [
    { inputs: [any(2, 3), any(2, 3)], fn: (a, b) => F.mseLoss(a!, b!) },
    { what: 'none', inputs: [any(2, 3), any(2, 3)], fn: (a, b) => F.mseLoss(a!, b!, { reduction: 'none' }) },
  ],
  smoothL1Loss: [
    { what: 'near', inputs: [any(2, 3)], fn: (x) => F.smoothL1Loss(x!, [0, 0.1, -0.1, 0.2, 0, 0], { beta: 3 }) },
    {
      what: 'tensors, none',
      inputs: [scaled(4, twoSided(2, 3)), any(2, 3)],
      fn: (x, t) => F.smoothL1Loss(x!, t!, { reduction: 'none' }),
    },
    { what: 'far', inputs: [any(2, 2)], fn: (x) => F.smoothL1Loss(x!, [3, -3, 4, -4], { weight: [1, 2, 0, 3] }) },
  ],
  binaryCrossEntropyWithLogits: [
    { inputs: [any(2, 3)], fn: (x) => F.binaryCrossEntropyWithLogits(x!, [0, 1, 0.3, 1, 0, 1]) },
    {
      what: 'tensors, weights of targets, none',
      inputs: [any(2, 3), positive(2, 3)],
      fn: (x, t) => F.binaryCrossEntropyWithLogits(x!, t!, { posWeight: [2, 0.5, 1], reduction: 'none' }),
    },
  ],
  sigmoidFocalLoss: [
    { inputs: [any(2, 3)], fn: (x) => F.sigmoidFocalLoss(x!, [0, 1, 0, 1, 0, 1], { reduction: 'sum' }) },
    {
      what: 'other α and γ, weights',
      inputs: [any(2, 2)],
      fn: (x) => F.sigmoidFocalLoss(x!, [0, 1, 0.4, 1], { alpha: -1, gamma: 1.5, weight: [1, 0, 2, 3] }),
    },
    { what: 'γ = 0', inputs: [any(2, 2)], fn: (x) => F.sigmoidFocalLoss(x!, [0, 1, 0, 1], { gamma: 0 }) },
  ],
  dropout: [
    masked(0.4),
    { what: 'evaluation', inputs: [any(3, 4)], fn: (x) => F.mul(F.dropout(x!, 0.4, { training: false }), 2) },
  ],
  reshape: [{ inputs: [any(2, 6)], fn: (x) => F.reshape(x!, [3, -1]) }],
  flatten: [{ inputs: [any(2, 3, 2)], fn: (x) => F.flatten(x!) }],
  permute: [{ inputs: [any(2, 3, 4)], fn: (x) => F.permute(x!, [2, 0, 1]) }],
  transpose: [{ inputs: [any(2, 3, 2)], fn: (x) => F.transpose(x!, 0, 1) }],
  expand: [{ inputs: [any(2, 1, 3)], fn: (x) => F.expand(x!, [2, 2, 4, 3]) }],
  concat: [
    { what: 'axis 0', inputs: [any(2, 3), any(1, 3), any(3, 3)], fn: (...xs) => F.concat(xs) },
    { what: 'axis 1', inputs: [any(2, 1, 2), any(2, 3, 2)], fn: (...xs) => F.concat(xs, 1) },
  ],
  slice: [
    { inputs: [any(4, 5)], fn: (x) => F.slice(x!, [[1, 3], null]) },
    {
      what: 'steps',
      inputs: [any(5, 6)],
      fn: (x) =>
        F.slice(x!, [
          [0, 5, 2],
          [-5, undefined, 3],
        ]),
    },
  ],
  pad: [
    {
      inputs: [any(2, 3)],
      fn: (x) =>
        F.pad(
          x!,
          [
            [1, 0],
            [2, 1],
          ],
          0.5,
        ),
    },
  ],
}

/** What the inputs are called in messages. */
const inputNames = (op: string, inputs: readonly Maker[]): string[] => {
  const named: Record<string, readonly string[]> = {
    conv2d: ['x', 'weight', 'bias'],
    linear: ['x', 'weight', 'bias'],
    batchNorm: ['x', 'weight', 'bias', 'residual'],
    convTranspose2d: ['x', 'weight', 'bias'],
    groupNorm: ['x', 'weight', 'bias'],
    layerNorm2d: ['x', 'weight', 'bias'],
    scaledDotProductAttention: ['query', 'key', 'value'],
  }
  return inputs.map((_, i) => named[op]?.[i] ?? (inputs.length === 1 ? 'x' : inputs.length === 2 ? 'ab'[i]! : `x${i}`))
}

/** Every check of an operation, in the order of the table. */
export const opChecks: readonly Check[] = Object.entries<readonly Case[]>(table).flatMap(([op, cases]) =>
  cases.map(
    ({ what, inputs, fn, change }): Check => ({
      subject: op,
      name: what ? `${op}: ${what}` : op,
      make: (generator) => ({ fn, inputs: inputs.map((maker) => maker(generator)), names: inputNames(op, inputs) }),
      change,
    }),
  ),
)
