import * as F from '../autograd/functional.js'
import type { AllReduce } from '../tensor/backend.js'
import { knownOptions, ShapeError, showShape } from '../tensor/errors.js'
import { hostStep } from '../tensor/recording.js'
import type { Tensor } from '../tensor/tensor.js'
import { type AnyModule, Module } from './module.js'
import { Counter, Parameter, StateBuffer } from './parameter.js'

/** Options of `BatchNorm2d` and `BatchNorm1d`. */
export interface BatchNormLayerOptions {
  /** Added to the variance; default 1e-5, as torch.nn.BatchNorm2d. */
  eps?: number
  /** Share of the new batch in the running statistics; default 0.1, as torch.nn.BatchNorm2d. */
  momentum?: number
  /** Whether to learn a scale and a shift; default true. */
  affine?: boolean
  /**
   * Whether the scale is trained (default true); otherwise it stays 1, as `bn.weight.requires_grad = False` has it in
   * PyTorch.
   */
  scale?: boolean
  /** Whether to keep running statistics for evaluation (default true); without them every batch is its own measure. */
  trackRunningStats?: boolean
}

/** What to do after normalization, in the same pass over memory. */
export interface BatchNormEpilogue {
  /** Added to the result; the shape of x. */
  residual?: Tensor
  /** Apply relu at the end. */
  relu?: boolean
  /** Where to put the result: see `Adjoining`. */
  into?: F.Placement
}

/**
 * Batch normalization (Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167):
 * y = (x − mean) / √(variance + eps) · weight + bias for each channel, then optionally + residual, then optionally relu.
 * Training uses the batch's mean and biased variance and moves the running ones (with the unbiased variance); evaluation uses
 * the running ones.
 */
abstract class BatchNorm extends Module<[x: Tensor, epilogue?: BatchNormEpilogue]> {
  /** (C,) */
  readonly weight: Parameter | null
  /** (C,) */
  readonly bias: Parameter | null
  /** (C,) */
  readonly runningMean: StateBuffer | null
  /** (C,) */
  readonly runningVar: StateBuffer | null
  /** Batches that moved the running statistics. */
  readonly numBatchesTracked: Counter | null
  readonly eps: number
  readonly momentum: number
  /** Adds up over the processes that train together, to normalize by the batch of all: see `syncBatchNorm`. Null: this process alone. */
  sync: AllReduce | null = null

  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    super()
    const known = ['eps', 'momentum', 'affine', 'scale', 'trackRunningStats']
    knownOptions(this.constructor.name, options, known)
    const { affine = true, scale = true, trackRunningStats = true } = options
    this.weight = affine ? new Parameter([channels], 1) : null
    if (this.weight && !scale) this.weight.requiresGrad = false
    this.bias = affine ? new Parameter([channels], 0) : null
    this.runningMean = trackRunningStats ? new StateBuffer([channels], 0) : null
    this.runningVar = trackRunningStats ? new StateBuffer([channels], 1) : null
    this.numBatchesTracked = trackRunningStats ? new Counter() : null
    this.eps = options.eps ?? 1e-5
    this.momentum = options.momentum ?? 0.1
  }

  forward(x: Tensor, epilogue: BatchNormEpilogue = {}): Tensor {
    const { weight, bias, runningMean, runningVar, eps, momentum, sync } = this
    const training = this.training || !runningMean
    const y = F.batchNorm(x, { weight, bias, runningMean, runningVar, eps, momentum, training, sync, ...epilogue })
    const counter = this.numBatchesTracked
    if (this.training && counter) hostStep(() => counter.value++)
    return y
  }
}

/** `BatchNorm` over N, H and W; x (N, C, H, W). */
export class BatchNorm2d extends BatchNorm {
  override forward(x: Tensor, epilogue?: BatchNormEpilogue): Tensor {
    if (x.rank !== 4) throw new ShapeError(`BatchNorm2d: expected input (N, C, H, W), got ${showShape(x.shape)}`)
    return super.forward(x, epilogue)
  }
}

/** `BatchNorm` over N, and over L where there is one; x (N, C) or (N, C, L). */
export class BatchNorm1d extends BatchNorm {
  override forward(x: Tensor, epilogue?: BatchNormEpilogue): Tensor {
    if (x.rank !== 2 && x.rank !== 3) {
      throw new ShapeError(`BatchNorm1d: expected input (N, C) or (N, C, L), got ${showShape(x.shape)}`)
    }
    return super.forward(x, epilogue)
  }
}

/**
 * Have every batch norm of a model normalize over the batch of all processes, as torch.nn.SyncBatchNorm: to what one process would
 * compute with the whole batch, gradients included.
 * @param sync sums over all processes; null: each normalizes its own part again
 */
export function syncBatchNorm(model: AnyModule, sync: AllReduce | null): void {
  for (const [, module] of model.namedModules()) if (module instanceof BatchNorm) module.sync = sync
}
