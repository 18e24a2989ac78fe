import * as F from '../../src/autograd/functional.js'
import type { Tensor } from '../../src/tensor/tensor.js'
import type { OpCase } from './fixtures.js'

type Options = OpCase['options']
type Run = (inputs: Tensor[], options: Options, buffers: Tensor[]) => Tensor

/** The mean is ours; the sum and the separate losses are made of it. */
function crossEntropy(logits: Tensor, { target, labelSmoothing, reduction }: Options): Tensor {
  const [N] = logits.shape as [number]
  if (reduction === 'none') {
    const one = (n: number) => F.crossEntropy(F.slice(logits, [[n, n + 1]]), [target[n]], { labelSmoothing })
    return F.concat(Array.from({ length: N }, (_, n) => F.reshape(one(n), [1])))
  }
  const mean = F.crossEntropy(logits, target, { labelSmoothing })
  return reduction === 'sum' ? F.mul(mean, N) : mean
}

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
  cross_entropy: ([a], options) => crossEntropy(a!, options),
  mse_loss: ([a, b], { reduction }) => F.mul(F.mseLoss(a!, b!), reduction === 'sum' ? a!.size : 1),
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
