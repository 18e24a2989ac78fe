import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as F from '../../../src/autograd/functional.js'
import { noGrad } from '../../../src/autograd/gradMode.js'
import { converters } from '../../../src/io/onnx/converters.js'
import { exportOnnx } from '../../../src/io/onnx/export.js'
import { MultiheadAttention } from '../../../src/nn/attention.js'
import { BatchNorm2d } from '../../../src/nn/batchNorm.js'
import { Module } from '../../../src/nn/module.js'
import { setBackend } from '../../../src/tensor/backend.js'
import { tensor } from '../../../src/tensor/create.js'
import { elementwiseNames } from '../../../src/tensor/elementwise.js'
import { ReferenceBackend } from '../../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import '../../support/allClose.js'
import { hashTensor } from '../../support/hashTensor.js'
import { Calls, kinds, runOnnx, trainedLike } from './support.js'

setBackend(new ReferenceBackend())

/** A constant that is made within a forward pass: retained, it is still there when the pass has ended. */
const weight = (shape: number[], name = 'w') => tensor(hashTensor({ name, shape }), shape).retain()

const functions: Record<string, [fn: (x: Tensor) => Tensor, shape: number[]]> = {
  relu: [F.relu, [3, 4]],
  relu6: [(x) => F.relu6(F.mul(x, 8)), [30]],
  sigmoid: [F.sigmoid, [5]],
  tanh: [F.tanh, [5]],
  hardSigmoid: [(x) => F.hardSigmoid(F.mul(x, 5)), [30]],
  hardSwish: [(x) => F.hardSwish(F.mul(x, 5)), [30]],
  silu: [(x) => F.silu(F.mul(x, 5)), [30]],
  gelu: [(x) => F.gelu(F.mul(x, 5)), [30]],
  geluTanh: [(x) => F.gelu(F.mul(x, 5), { approximate: 'tanh' }), [30]],
  leakyRelu: [(x) => F.leakyRelu(x, { negativeSlope: 0.2 }), [30]],
  elu: [(x) => F.elu(F.mul(x, 3), { alpha: 1.5 }), [30]],
  softplus: [(x) => F.softplus(F.mul(x, 5)), [30]],
  'softplus, sharper': [(x) => F.softplus(x, { beta: 3 }), [30]],
  exp: [F.exp, [5]],
  'log and sqrt': [(x) => F.log(F.sqrt(F.add(F.abs(x), 0.5))), [5]],
  square: [F.square, [5]],
  neg: [F.neg, [5]],
  pow: [(x) => F.pow(x, 3), [5]],
  'scale and shift': [(x) => F.sub(F.div(x, 4), 0.25), [5]],
  'nothing to do': [(x) => F.add(x, 0), [5]],
  'add, sub, mul, div of constants': [
    (x) => F.div(F.mul(F.sub(F.add(x, weight([4])), weight([3, 4], 'v')), weight([3, 1])), weight([1], 'u')),
    [3, 4],
  ],
  clamp: [(x) => F.clamp(F.clamp(x, -0.5, 0.5), -0.3), [9]],
  'clamp by tensors': [(x) => F.clamp(x, weight([4]), weight([3, 1], 'v')), [3, 4]],
  'maximum and minimum': [(x) => F.minimum(F.maximum(x, weight([4])), F.exp(x)), [3, 4]],
  where: [(x) => F.where(F.greater(x, 0), F.square(x), -1), [3, 4]],
  'pow of results': [(x) => F.pow(F.exp(x), x), [5]],
  'add and mul of results': [(x) => F.mul(F.add(x, F.exp(x)), F.tanh(x)), [3, 4]],
  addRelu: [(x) => F.addRelu(x, F.neg(F.square(x))), [7]],
  sum: [(x) => F.sum(x, [1, 3]), [3, 4, 5]],
  'mean with kept axes': [(x) => F.mean(x, [2], true), [3, 4]],
  max: [(x) => F.max(x, 1), [3, 4]],
  logSumExp: [(x) => F.logSumExp(x, [1, 2]), [3, 4]],
  var: [(x) => F.var(x, -1), [3, 4]],
  'std with kept axes': [(x) => F.std(x, [1, 2], { correction: 0, keepDims: true }), [3, 4]],
  softmax: [(x) => F.softmax(x, 1), [3, 4]],
  logSoftmax: [F.logSoftmax, [3, 4]],
  'matmul of more axes': [(x) => F.matmul(x, F.transpose(x, 1, 2)), [3, 4]],
  'matmul of a vector': [(x) => F.matmul(x, weight([4])), [3, 4]],
  'linear of more axes': [(x) => F.linear(x, weight([3, 5]), weight([3], 'b')), [2, 5]],
  linear: [(x) => F.linear(x, weight([3, 5]), weight([3], 'b')), [5]],
  permute: [(x) => F.permute(x, [0, 3, 1, 2]), [2, 3, 4]],
  flatten: [F.flatten, [2, 3, 4]],
  reshape: [(x) => F.reshape(x, [x.shape[0]!, 4, 6]), [2, 3, 4]],
  'reshape of one axis': [(x) => F.reshape(x, [x.shape[0]!, 2, 3]), [6]],
  'reshape to itself': [(x) => F.reshape(x, [x.shape[0]!, 6]), [6]],
  expand: [(x) => F.expand(x, [x.shape[0]!, 3, 4]), [3, 1]],
  concat: [(x) => F.concat([x, F.neg(x), F.slice(x, [null, [1, 2]])], 1), [3, 4]],
  'squeeze, unsqueeze, stack': [(x) => F.stack([F.squeeze(F.unsqueeze(x, 1), 1), F.neg(x)], 1), [3]],
  split: [(x) => F.concat(F.split(x, 2, 2).toReversed(), 2), [3, 5]],
  indexSelect: [(x) => F.indexSelect(x, 2, [4, 0, 4]), [3, 5]],
  'pad by its own numbers': [
    (x) =>
      F.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [-1, 0],
        ],
        'reflect',
      ),
    [3, 4],
  ],
  slice: [(x) => F.slice(x, [null, [1, 3], [0, undefined, 2], [-2]]), [3, 5, 6]],
  pad: [
    (x) =>
      F.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [0, 3],
        ],
        0.5,
      ),
    [3, 4],
  ],
  conv2d: [
    (x) =>
      F.conv2d(x, weight([6, 2, 3, 2]), { bias: weight([6]), stride: [2, 1], padding: [1, 2], dilation: 2, groups: 2 }),
    [4, 9, 8],
  ],
  'conv2d of the same size': [(x) => F.conv2d(x, weight([2, 4, 2, 3]), { padding: 'same' }), [4, 9, 8]],
  'maxPool2d with dilation': [(x) => F.maxPool2d(x, 2, { stride: 2, padding: 1, dilation: 2 }), [2, 7, 6]],
  'maxPool2d in ceil mode': [(x) => F.maxPool2d(x, 2, { ceilMode: true }), [2, 7, 5]],
  'avgPool2d with a divisor': [(x) => F.avgPool2d(x, 2, { divisorOverride: 3 }), [2, 7, 6]],
  convTranspose2d: [
    (x) =>
      F.convTranspose2d(x, weight([4, 3, 3, 2]), {
        bias: weight([6]),
        stride: [2, 3],
        padding: [1, 0],
        outputPadding: 1,
        groups: 2,
      }),
    [4, 5, 4],
  ],
  groupNorm: [(x) => F.groupNorm(x, 2, { weight: weight([4]), bias: weight([4], 'b') }), [4, 3, 2]],
  'groupNorm without weights': [(x) => F.groupNorm(x, 4), [4, 3]],
  layerNorm: [(x) => F.layerNorm(x, 4, { weight: weight([4]), bias: weight([4], 'b'), eps: 0.01 }), [3, 4]],
  'layerNorm of planes without weights': [(x) => F.layerNorm(x, [3, 2]), [4, 3, 2]],
  'layerNorm of images': [(x) => F.layerNorm(x, [4, 3, 2], { weight: weight([4, 3, 2]) }), [4, 3, 2]],
  layerNorm2d: [(x) => F.layerNorm2d(x, { weight: weight([4]), bias: weight([4], 'b') }), [4, 3, 2]],
  'interpolate, nearest': [(x) => F.interpolate(x, { size: [5, 7] }), [2, 3, 4]],
  'interpolate, nearest, by a factor': [(x) => F.interpolate(x, { scaleFactor: [1.7, 0.6] }), [2, 4, 5]],
  'interpolate, bilinear': [(x) => F.interpolate(x, { size: [5, 3], mode: 'bilinear' }), [2, 3, 4]],
  'interpolate, bilinear, by a factor': [(x) => F.interpolate(x, { scaleFactor: 2.5, mode: 'bilinear' }), [2, 3, 4]],
  'interpolate, corners aligned': [
    (x) => F.interpolate(x, { size: [5, 2], mode: 'bilinear', alignCorners: true }),
    [2, 3, 4],
  ],
  scaledDotProductAttention: [(x) => F.scaledDotProductAttention(x, F.square(x), F.neg(x)), [2, 3, 4]],
  maxPool2d: [(x) => F.maxPool2d(x, [3, 2], { stride: 2, padding: [1, 0] }), [2, 7, 6]],
  avgPool2d: [(x) => F.avgPool2d(x, 3, { stride: 2, padding: 1 }), [2, 7, 6]],
  'avgPool2d without padding in the divisor': [
    (x) => F.avgPool2d(x, 3, { stride: 2, padding: 1, countIncludePad: false }),
    [2, 7, 6],
  ],
  'adaptiveAvgPool2d to 1': [(x) => F.adaptiveAvgPool2d(x, 1), [2, 7, 6]],
  upsampleNearest2x: [(x) => F.upsampleNearest2x(x, [7, 6]), [2, 4, 3]],
  'adaptiveAvgPool2d to a divisor': [(x) => F.adaptiveAvgPool2d(x, [2, 3]), [2, 8, 9]],
}

describe('each operation', () => {
  it.each(Object.entries(functions))('%s', async (_, [fn, inputShape]) => {
    const model = new Calls(fn)
    const bytes = exportOnnx(model, { inputShape })
    for (const batch of [1, 5]) {
      const shape = [batch, ...inputShape]
      const x = hashTensor({ name: 'x', shape })
      const ours = noGrad(() => model.call(tensor(x, shape)))
      const { data, dims } = await runOnnx(bytes, x, shape)
      expect(dims).toEqual(ours.shape)
      expect(data).toBeAllClose(ours, { relative: 1e-5, absolute: 1e-6 })
    }
  })

  it('multi-head attention', async () => {
    const model = trainedLike(new MultiheadAttention(6, 2)).eval()
    const shape = [2, 5, 6]
    const x = hashTensor({ name: 'x', shape })
    const { data } = await runOnnx(exportOnnx(model as unknown as Module, { inputShape: [5, 6] }), x, shape)
    expect(data).toBeAllClose(model.call(tensor(x, shape)), { absolute: 1e-5 })
  })

  it('batch norm with and without weights, residual and relu', async () => {
    class Norms extends Module {
      readonly plain = new BatchNorm2d(3, { affine: false, eps: 0.01 })
      readonly affine = new BatchNorm2d(3)
      forward(x: Tensor): Tensor {
        return this.affine.call(this.plain.call(x), { residual: x, relu: true })
      }
    }
    const model = trainedLike(new Norms()).eval()
    const x = hashTensor({ name: 'x', shape: [2, 3, 4, 4] })
    const bytes = exportOnnx(model, { inputShape: [3, 4, 4], foldBatchNorm: true })
    expect(kinds(bytes)).toEqual(['BatchNormalization', 'BatchNormalization', 'Add', 'Relu'])
    const { data } = await runOnnx(bytes, x, [2, 3, 4, 4])
    expect(data).toBeAllClose(model.call(tensor(x, [2, 3, 4, 4])), { absolute: 1e-5 })
  })
})

describe('the table of operations', () => {
  it('has every operation of autograd but the loss and what reads regions', () => {
    const folder = new URL('../../../src/autograd/ops/', import.meta.url)
    const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'))
    const pattern = /defineOp\(\{\s*name: '(\w+)'/g
    const others = sources.flatMap((source) => [...source.matchAll(pattern)].map(([, name]) => name))
    const names = [...elementwiseNames, ...others]
    expect(names.length).toBeGreaterThan(30)
    expect(names.filter((name) => !(name! in converters))).toEqual(['crossEntropy', 'nllLoss', 'roiAlign'])
  })
})
