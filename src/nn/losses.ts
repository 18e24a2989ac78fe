import * as F from '../autograd/functional.js'
import type { Tensor } from '../tensor/tensor.js'
import { Module } from './module.js'

/** Mean over the batch of −Σ q log softmax(logits), q = (1 − ε) · onehot + ε / K, as torch.nn.CrossEntropyLoss. */
export class CrossEntropyLoss extends Module<[logits: Tensor, target: ArrayLike<number> | Tensor]> {
  /** @param options ε (`labelSmoothing`), and a `weight` for each class: see `crossEntropy` */
  constructor(readonly options: F.CrossEntropyOptions = {}) {
    super()
  }

  /** @param logits (N, K)  @param target N whole numbers from 0 to K − 1, or probabilities (N, K) */
  forward(logits: Tensor, target: ArrayLike<number> | Tensor): Tensor {
    return F.crossEntropy(logits, target, this.options)
  }
}

/** Mean of (prediction − target)², as torch.nn.MSELoss. */
export class MSELoss extends Module<[prediction: Tensor, target: Tensor]> {
  forward(prediction: Tensor, target: Tensor): Tensor {
    return F.mseLoss(prediction, target)
  }
}
