import { backward } from '../autograd/backward.js'
import * as F from '../autograd/functional.js'
import type { Module } from '../nn/module.js'
import { tensor } from '../tensor/create.js'
import type { Shape } from '../tensor/shape.js'
import { span } from '../tensor/spans.js'
import type { Tensor } from '../tensor/tensor.js'

/** What the loss is, beside logits and labels. */
export interface LossOptions {
  /** Share of the target spread evenly over all classes, 0 … 1; default 0. */
  labelSmoothing?: number | undefined
  /** What each class counts, as in `crossEntropy`; default: 1 each. */
  classWeights?: readonly number[] | undefined
}

/** What a step reads of its batch. */
export interface PassInputs {
  images: Float32Array
  /** (N, C, H, W) of the images */
  shape: Shape
  /** (N,) */
  labels: Int32Array
  /** (N, classes): the share of each class, where images are mixed */
  targets?: Float32Array | undefined
}

/** What the forward pass gives. */
export interface PassResult {
  /** (N, classes) */
  logits: Tensor
  loss: Tensor
}

/** Run the model forward and backward, which leaves ∂loss/∂parameter in each of its parameters. */
export function runPasses(model: Module, inputs: PassInputs, options: LossOptions): PassResult {
  const result = span('phase', 'forward', () => runForward(model, inputs, options))
  span('phase', 'backward', () => backward(result.loss))
  return result
}

function runForward(model: Module, inputs: PassInputs, { labelSmoothing, classWeights }: LossOptions): PassResult {
  const { images, shape, labels, targets } = inputs
  const logits = model.call(tensor(images, shape))
  const target = targets ? tensor(targets, [labels.length, targets.length / labels.length]) : labels
  return { logits, loss: F.crossEntropy(logits, target, { labelSmoothing, weight: classWeights }) }
}
