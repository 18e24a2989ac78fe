import * as F from '../autograd/functional.js'
import type { Tensor } from '../tensor/tensor.js'
import { Module } from './module.js'

/** Mean over the batch of −Σ q log softmax(logits), q = (1 − ε) · onehot + ε / K, as torch.nn.CrossEntropyLoss. */
export class CrossEntropyLoss extends Module<[logits: Tensor, labels: ArrayLike<number>]> {
  /** ε, the share of the target spread evenly over all K classes, 0 … 1. */
  readonly labelSmoothing: number

  constructor(options: { labelSmoothing?: number } = {}) {
    super()
    this.labelSmoothing = options.labelSmoothing ?? 0
  }

  /** @param logits (N, K)  @param labels N whole numbers from 0 to K − 1 */
  forward(logits: Tensor, labels: ArrayLike<number>): Tensor {
    return F.crossEntropy(logits, labels, { labelSmoothing: this.labelSmoothing })
  }
}

/** Mean of (prediction − target)², as torch.nn.MSELoss. */
export class MSELoss extends Module<[prediction: Tensor, target: Tensor]> {
  forward(prediction: Tensor, target: Tensor): Tensor {
    return F.mseLoss(prediction, target)
  }
}
