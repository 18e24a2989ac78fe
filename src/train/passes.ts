import { backward } from '../autograd/backward.js'
import * as F from '../autograd/functional.js'
import type { Batch } from '../data/loader.js'
import type { Module } from '../nn/module.js'
import { tensor } from '../tensor/create.js'
import type { Tensor } from '../tensor/tensor.js'

/** The forward pass of a step, done, and the backward pass, to be done. */
export interface Passes {
  /** (N, classes) */
  logits: Tensor
  loss: Tensor
  /** Leaves ∂loss/∂parameter in each parameter's `gradArray`. */
  backward(): void
}

/** Run the model. */
export function freshPasses(model: Module, batch: Batch, labelSmoothing: number): Passes {
  return passesOf(model, tensor(batch.images, batch.shape), batch.labels, labelSmoothing)
}

/** @param images (N, C, H, W) @param labels (N,) */
export function passesOf(model: Module, images: Tensor, labels: Int32Array, labelSmoothing: number): Passes {
  const logits = model.call(images)
  const loss = F.crossEntropy(logits, labels, { labelSmoothing })
  return { logits, loss, backward: () => backward(loss) }
}
