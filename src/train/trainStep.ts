import type { Batch } from '../data/loader.js'
import { accuracy } from '../data/metrics.js'
import { alone, type Communicator } from '../distributed/communicator.js'
import type { Module } from '../nn/module.js'
import { clipGradNorm } from '../optim/clip.js'
import type { Stepping } from '../optim/jointOptimizer.js'
import { span } from '../tensor/spans.js'
import { scope } from '../tensor/tensor.js'
import { averageGradients, wholeResult } from './dataParallel.js'
import type { BatchPart } from './gradientSum.js'
import { explainNonFinite, NonFiniteError, nonFiniteGradient } from './nonFinite.js'
import { freshPasses, type LossOptions, type Passes } from './passes.js'

/** What a step does beyond the plain one. */
export interface StepOptions extends LossOptions {
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
 * @param part where the batch is one of several that make an update: the optimizer's turn comes after the last of them
 * @param onGradients called when the update's gradients are there, before they are clipped and used
 * @throws NonFiniteError, before the update, if the loss (or a gradient that is to be clipped) is not finite
 */
export function trainStep(
  model: Module,
  optimizer: Stepping,
  batch: Batch,
  options: StepOptions = {},
  part?: BatchPart,
  onGradients?: () => void,
): StepResult {
  const forward = () => freshPasses(model, batch, options)
  return stepWith(model, optimizer, batch, options, forward, part, onGradients)
}

/** @internal `trainStep` with a forward pass of the caller's. */
export function stepWith(
  model: Module,
  optimizer: Stepping,
  batch: Batch,
  { clipNorm = 0, communicator = alone }: StepOptions,
  forward: () => Passes,
  part?: BatchPart,
  onGradients?: () => void,
): StepResult {
  const run = (): StepResult => {
    const { logits, loss, backward } = span('phase', 'forward', forward)
    const own = { loss: loss.item(), correct: countCorrect(logits.data, batch.labels), images: batch.count }
    const result = communicator.size === 1 ? own : wholeResult(own, communicator)
    if (!Number.isFinite(result.loss)) throw new NonFiniteError(result.loss, explainNonFinite(model, batch))
    span('phase', 'backward', backward)
    part?.sum.add(model.parameters(), part)
    if (part && !part.isLast) return result
    part?.sum.place()
    if (communicator.size > 1) {
      span('phase', 'exchange', () => averageGradients(model.parameters(), own.images / result.images, communicator))
    }
    onGradients?.()
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
