import * as F from '../autograd/functional.js'
import type { Tensor } from '../tensor/tensor.js'
import { Module } from './module.js'

/** −Σ q log softmax(logits), q = (1 − ε) · onehot + ε / K, as torch.nn.CrossEntropyLoss. */
export class CrossEntropyLoss extends Module<[logits: Tensor, target: ArrayLike<number> | Tensor]> {
  /**
   * @param options ε (`labelSmoothing`), a `weight` for each class, `ignoreIndex` and `reduction`: see `crossEntropy`
   */
  constructor(readonly options: F.CrossEntropyOptions = {}) {
    super()
  }

  /** @param logits (N, K, …)  @param target whole numbers from 0 to K − 1 for (N, …), or probabilities (N, K, …) */
  forward(logits: Tensor, target: ArrayLike<number> | Tensor): Tensor {
    return F.crossEntropy(logits, target, this.options)
  }
}

/** (prediction − target)², as torch.nn.MSELoss. */
export class MSELoss extends Module<[prediction: Tensor, target: Tensor]> {
  /** @param options `reduction`: default mean */
  constructor(readonly options: F.MSELossOptions = {}) {
    super()
  }

  forward(prediction: Tensor, target: Tensor): Tensor {
    return F.mseLoss(prediction, target, this.options)
  }
}

/** Minus the logarithm of the probability of each label, as torch.nn.NLLLoss. */
export class NLLLoss extends Module<[logProbabilities: Tensor, target: ArrayLike<number> | Tensor]> {
  /** @param options a `weight` for each class, `ignoreIndex` and `reduction`: see `nllLoss` */
  constructor(readonly options: F.NllLossOptions = {}) {
    super()
  }

  /** @param logProbabilities (N, K, …)  @param target whole numbers from 0 to K − 1 for (N, …) */
  forward(logProbabilities: Tensor, target: ArrayLike<number> | Tensor): Tensor {
    return F.nllLoss(logProbabilities, target, this.options)
  }
}

/** Cross-entropy of sigmoid(x) for each element, as torch.nn.BCEWithLogitsLoss. */
export class BCEWithLogitsLoss extends Module<[x: Tensor, target: ArrayLike<number> | Tensor]> {
  /** @param options `weight`, `posWeight` and `reduction`: see `binaryCrossEntropyWithLogits` */
  constructor(readonly options: F.BinaryCrossEntropyOptions = {}) {
    super()
  }

  /** @param target numbers from 0 to 1, as many as x has elements */
  forward(x: Tensor, target: ArrayLike<number> | Tensor): Tensor {
    return F.binaryCrossEntropyWithLogits(x, target, this.options)
  }
}

/** (x − target)² / 2β near the target, |x − target| − β / 2 farther off, as torch.nn.SmoothL1Loss. */
export class SmoothL1Loss extends Module<[x: Tensor, target: ArrayLike<number> | Tensor]> {
  /** @param options `beta`, `weight` and `reduction`: see `smoothL1Loss` */
  constructor(readonly options: F.SmoothL1Options = {}) {
    super()
  }

  forward(x: Tensor, target: ArrayLike<number> | Tensor): Tensor {
    return F.smoothL1Loss(x, target, this.options)
  }
}

/** The Kullback-Leibler divergence of log-probabilities x from the target, as torch.nn.KLDivLoss. */
export class KLDivLoss extends Module<[x: Tensor, target: Tensor]> {
  /** @param options `reduction` and `logTarget`: see `klDiv` */
  constructor(readonly options: F.KlDivOptions = {}) {
    super()
  }

  forward(x: Tensor, target: Tensor): Tensor {
    return F.klDiv(x, target, this.options)
  }
}
