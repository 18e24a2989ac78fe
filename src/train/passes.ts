import { backward } from '../autograd/backward.js'
import * as F from '../autograd/functional.js'
import type { Batch } from '../data/loader.js'
import type { Module } from '../nn/module.js'
import { tensor } from '../tensor/create.js'
import type { Tensor } from '../tensor/tensor.js'

/** What the loss is, beside logits and labels. */
export interface LossOptions {
  /** Share of the target spread evenly over all classes, 0 … 1; default 0. */
  labelSmoothing?: number
  /** What each class counts, as in `crossEntropy`; default: 1 each. */
  classWeights?: readonly number[]
}

/** The forward pass of a step, done, and the backward pass, to be done. */
export interface Passes {
  /** (N, classes) */
  logits: Tensor
  loss: Tensor
  /** Leaves ∂loss/∂parameter in each parameter's `gradArray`. */
  backward(): void
}

/** A batch where the model can use it. */
export interface PassInputs {
  /** (N, C, H, W) */
  images: Tensor
  /** (N,) */
  labels: Int32Array
  /** (N, classes): the share of each class, where images are mixed */
  targets: Tensor | null
}

/** Run the model. */
export function freshPasses(model: Module, batch: Batch, options: LossOptions): Passes {
  return passesOf(model, inputsOf(batch), options)
}

export const inputsOf = ({ images, shape, labels, targets, count }: Batch): PassInputs => ({
  images: tensor(images, shape),
  labels,
  targets: targets ? tensor(targets, [count, targets.length / count]) : null,
})

export function passesOf(model: Module, { images, labels, targets }: PassInputs, options: LossOptions): Passes {
  const { labelSmoothing = 0, classWeights } = options
  const logits = model.call(images)
  const loss = F.crossEntropy(logits, targets ?? labels, {
    labelSmoothing,
    ...(classWeights ? { weight: classWeights } : {}),
  })
  return { logits, loss, backward: () => backward(loss) }
}
