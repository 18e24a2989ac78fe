import type { Batch } from '../data/loader.js'
import { accuracy } from '../data/metrics.js'
import { alone, type Communicator } from '../distributed/communicator.js'
import type { Module } from '../nn/module.js'
import { clipGradNorm } from '../optim/clip.js'
import type { Optimizer } from '../optim/optimizer.js'
import { span } from '../tensor/spans.js'
import { scope } from '../tensor/tensor.js'
import { averageGradients, wholeResult } from './dataParallel.js'
import { explainNonFinite, NonFiniteError, nonFiniteGradient } from './nonFinite.js'
import { freshPasses, type Passes } from './passes.js'

/** What a step does beyond the plain one. */
export interface StepOptions {
  /** Share of the target spread evenly over all classes, 0 … 1; default 0. */
  labelSmoothing?: number
  /** Scale the gradient down to this norm; default 0: never. */
  clipNorm?: number
  /** The processes that train this model together, each with its share of a batch; default: this one alone. */
  communicator?: Communicator
}

/** What a step saw. */
export interface StepResult {
  /** Of this batch, before the update; of the whole one, where processes have shares of it. */
  loss: number
  /** Images whose label had the largest logit, before the update. */
  correct: number
  /** Images in the batch. */
  images: number
}

/**
 * One update: forward, loss, backward, optimizer. All memory taken on the way is free again at its end.
 * @throws NonFiniteError, before the update, if the loss (or a gradient that is to be clipped) is not finite
 */
export function trainStep(model: Module, optimizer: Optimizer, batch: Batch, options: StepOptions = {}): StepResult {
  return stepWith(model, optimizer, batch, options, () => freshPasses(model, batch, options.labelSmoothing ?? 0))
}

/** @internal `trainStep` with a forward pass of the caller's. */
export function stepWith(
  model: Module,
  optimizer: Optimizer,
  batch: Batch,
  { clipNorm = 0, communicator = alone }: StepOptions,
  forward: () => Passes,
): StepResult {
  const run = (): StepResult => {
    const { logits, loss, backward } = span('phase', 'forward', forward)
    const own = { loss: loss.item(), correct: countCorrect(logits.data, batch.labels), images: batch.count }
    const result = communicator.size === 1 ? own : wholeResult(own, communicator)
    if (!Number.isFinite(result.loss)) throw new NonFiniteError(result.loss, explainNonFinite(model, batch))
    span('phase', 'backward', backward)
    if (communicator.size > 1) {
      span('phase', 'exchange', () => averageGradients(model.parameters(), own.images / result.images, communicator))
    }
    span('phase', 'update', () => {
      if (clipNorm > 0 && !Number.isFinite(clipGradNorm(model.parameters(), clipNorm))) {
        throw new NonFiniteError(result.loss, nonFiniteGradient(model))
      }
      optimizer.step()
      optimizer.zeroGrad()
    })
    return result
  }
  return span('phase', 'step', () => scope(run))
}

/** @param logits (N, classes) @param labels (N,) */
export function countCorrect(logits: Float32Array, labels: Int32Array): number {
  return Math.round(accuracy(logits, labels) * labels.length)
}
