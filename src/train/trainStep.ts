import type { Batch } from '../data/loader.js'
import { accuracy } from '../data/metrics.js'
import type { Module } from '../nn/module.js'
import { clipGradNorm } from '../optim/clip.js'
import type { Optimizer } from '../optim/optimizer.js'
import { span } from '../tensor/spans.js'
import { scope } from '../tensor/tensor.js'
import { explainNonFinite, NonFiniteError, nonFiniteGradient } from './nonFinite.js'
import { freshPasses, type Passes } from './passes.js'

export interface StepOptions {
  /** Share of the target spread evenly over all classes, 0 … 1; default 0. */
  labelSmoothing?: number
  /** Scale the gradient down to this norm; default 0: never. */
  clipNorm?: number
}

export interface StepResult {
  /** Of this batch, before the update. */
  loss: number
  /** Images whose label had the largest logit, before the update. */
  correct: number
  /** Images in the batch. */
  images: number
}

/**
 * One update: forward, loss, backward, optimizer. All memory taken on the way is free again at its end.
 * @param onGradients called when gradients are there, before they are clipped and used
 * @throws NonFiniteError, before the update, if the loss (or a gradient that is to be clipped) is not finite
 */
export function trainStep(
  model: Module,
  optimizer: Optimizer,
  batch: Batch,
  options: StepOptions = {},
  onGradients?: () => void,
): StepResult {
  const forward = () => freshPasses(model, batch, options.labelSmoothing ?? 0)
  return stepWith(model, optimizer, batch, options, forward, onGradients)
}

/** @internal `trainStep` with a forward pass of the caller's. */
export function stepWith(
  model: Module,
  optimizer: Optimizer,
  batch: Batch,
  { clipNorm = 0 }: StepOptions,
  forward: () => Passes,
  onGradients?: () => void,
): StepResult {
  const run = (): StepResult => {
    const { logits, loss, backward } = span('phase', 'forward', forward)
    const value = loss.item()
    if (!Number.isFinite(value)) throw new NonFiniteError(value, explainNonFinite(model, batch))
    span('phase', 'backward', backward)
    onGradients?.()
    span('phase', 'update', () => {
      if (clipNorm > 0 && !Number.isFinite(clipGradNorm(model.parameters(), clipNorm))) {
        throw new NonFiniteError(value, nonFiniteGradient(model))
      }
      optimizer.step()
      optimizer.zeroGrad()
    })
    return { loss: value, correct: countCorrect(logits.data, batch.labels), images: batch.count }
  }
  return span('phase', 'step', () => scope(run))
}

/** @param logits (N, classes) @param labels (N,) */
export function countCorrect(logits: Float32Array, labels: Int32Array): number {
  return Math.round(accuracy(logits, labels) * labels.length)
}
