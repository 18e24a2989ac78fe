import * as F from '../../src/autograd/functional.js'
import { MultiheadAttention } from '../../src/nn/attention.js'
import { tensor } from '../../src/tensor/create.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import type { OpCase } from './fixtures.js'
import { type HashedInput, hashTensor } from './hashTensor.js'

type Options = OpCase['options']
type Run = (inputs: Tensor[], options: Options, buffers: Tensor[]) => Tensor

/** Multi-head attention of one query and keys, with weights that are inputs. */
function multiheadAttention([query, keys, ...weights]: Tensor[], heads: number): Tensor {
  const layer = new MultiheadAttention(query!.shape[2]!, heads)
  const inputs = { inProjWeight: weights[0], inProjBias: weights[1] }
  Object.assign(layer, inputs)
  Object.assign(layer.outProj, { weight: weights[2], bias: weights[3] })
  return layer.forward(query!, keys!)
}

/** A tensor that a stored option describes. */
const described = (input: HashedInput): Tensor => tensor(hashTensor(input), input.shape)

/** How each stored operation is called here. */
export const runOp: Record<string, Run> = {
  add: ([a, b]) => F.add(a!, b!),
  addrelu: ([a, b]) => F.addRelu(a!, b!),
  sub: ([a, b]) => F.sub(a!, b!),
  mul: ([a, b]) => F.mul(a!, b!),
  div: ([a, b]) => F.div(a!, b!),
  pow: ([a], { exponent }) => F.pow(a!, exponent),
  neg: ([a]) => F.neg(a!),
  exp: ([a]) => F.exp(a!),
  log: ([a]) => F.log(a!),
  sqrt: ([a]) => F.sqrt(a!),
  abs: ([a]) => F.abs(a!),
  relu: ([a]) => F.relu(a!),
  relu6: ([a]) => F.relu6(a!),
  sigmoid: ([a]) => F.sigmoid(a!),
  tanh: ([a]) => F.tanh(a!),
  hardsigmoid: ([a]) => F.hardSigmoid(a!),
  hardswish: ([a]) => F.hardSwish(a!),
  silu: ([a]) => F.silu(a!),
  gelu: ([a], { approximate }) => F.gelu(a!, { approximate }),
  leaky_relu: ([a], options) => F.leakyRelu(a!, options),
  elu: ([a], options) => F.elu(a!, options),
  softplus: ([a], options) => F.softplus(a!, options),
  layer_norm: ([x, weight, bias], { normalizedShape, eps }) => F.layerNorm(x!, normalizedShape, { weight, bias, eps }),
  layer_norm_2d: ([x, weight, bias], { eps }) => F.layerNorm2d(x!, { weight, bias, eps }),
  group_norm: ([x, weight, bias], { groups, eps }) => F.groupNorm(x!, groups, { weight, bias, eps }),
  conv_transpose2d: ([x, weight, bias], options) => F.convTranspose2d(x!, weight!, { bias, ...options }),
  interpolate: ([x], options) => F.interpolate(x!, options),
  attention: ([q, k, v], options) => F.scaledDotProductAttention(q!, k!, v!, options),
  multihead_attention: (inputs, { heads }) => multiheadAttention(inputs, heads),
  matmul: ([a, b]) => F.matmul(a!, b!),
  linear: ([x, weight, bias]) => F.linear(x!, weight!, bias),
  sum: ([a], { axes, keepDim }) => F.sum(a!, axes ?? undefined, keepDim),
  mean: ([a], { axes, keepDim }) => F.mean(a!, axes ?? undefined, keepDim),
  max: ([a], { axes, keepDim }) => F.max(a!, axes ?? undefined, keepDim),
  reshape: ([a], { shape }) => F.reshape(a!, shape),
  permute: ([a], { order }) => F.permute(a!, order),
  transpose: ([a], { axis0, axis1 }) => F.transpose(a!, axis0, axis1),
  concat: (xs, { axis }) => F.concat(xs, axis),
  slice: ([a], { ranges }) => F.slice(a!, ranges),
  pad: ([a], { padding, value }) => F.pad(a!, padding, value),
  softmax: ([a], { axis }) => F.softmax(a!, axis),
  log_softmax: ([a], { axis }) => F.logSoftmax(a!, axis),
  cross_entropy: ([a], { target, ...options }) => F.crossEntropy(a!, target, options),
  cross_entropy_soft: ([a, q], options) => F.crossEntropy(a!, q!, options),
  nll_loss: ([a], { target, ...options }) => F.nllLoss(a!, target, options),
  mse_loss: ([a, b], options) => F.mseLoss(a!, b!, options),
  smooth_l1_tensor: ([a, b], options) => F.smoothL1Loss(a!, b!, options),
  bce_tensor: ([a, b], { weight, posWeight, reduction }) =>
    F.binaryCrossEntropyWithLogits(a!, b!, { weight: described(weight), posWeight: described(posWeight), reduction }),
  kl_div: ([a, b], options) => F.klDiv(a!, b!, options),
  conv2d: ([x, weight, bias], options) => F.conv2d(x!, weight!, { bias: bias ?? null, ...options }),
  batch_norm: ([x, weight, bias], { training, momentum, eps }, [runningMean, runningVar]) => {
    const statistics = { runningMean: runningMean!, runningVar: runningVar! }
    return F.batchNorm(x!, { weight: weight ?? null, bias: bias ?? null, ...statistics, training, momentum, eps })
  },
  max_pool2d: ([x], { kernel, ...options }) => F.maxPool2d(x!, kernel, options),
  avg_pool2d: ([x], { kernel, ...options }) => F.avgPool2d(x!, kernel, options),
  upsample: ([x], { size }) => F.upsampleNearest2x(x!, size),
  roi_align: ([x], { boxes, images, scale, size, samplingRatio }) => {
    const levels = new Array(images.length).fill(0)
    return F.roiAlign([x!], { boxes: boxes.flat(), images, levels, scales: [scale], size, samplingRatio })
  },
  smooth_l1: ([x], { target, ...options }) => F.smoothL1Loss(x!, target, options),
  bce_with_logits: ([x], { target, ...options }) => F.binaryCrossEntropyWithLogits(x!, target, options),
  focal: ([x], { target, ...options }) => F.sigmoidFocalLoss(x!, target, options),
  adaptive_avg_pool2d: ([x], { size }) => F.adaptiveAvgPool2d(x!, size),
}
