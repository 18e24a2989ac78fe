import * as F from '../autograd/functional.js'
import { noGrad } from '../autograd/gradMode.js'
import type { DataLoader } from '../data/loader.js'
import { countCorrect } from '../data/metrics.js'
import type { Module } from '../nn/module.js'
import { scope } from '../tensor/tensor.js'
import { letEventsIn } from './events.js'
import { explainNonFinite, NonFiniteError } from './nonFinite.js'
import { augmentedLogits, type TestAugmentation } from './testAugmentation.js'

/** What `evaluate` found. */
export interface Evaluation {
  /** Mean cross-entropy over the images, without label smoothing. */
  loss: number
  /** Share of images whose label has the largest logit, 0 … 1. */
  accuracy: number
  images: number
  seconds: number
}

/** What `evaluate` tells, and when it stops. */
export interface EvaluateOptions {
  /** Called after each batch with the images done so far. */
  onBatch?: (images: number) => void
  /** Called with the logits (N, classes) of each batch, which are gone afterwards, and its labels. */
  onLogits?: (logits: Float32Array, labels: Int32Array) => void
  /** Default: none. */
  tta?: TestAugmentation
  /** Ends the evaluation early, by an AbortError. */
  signal?: AbortSignal
}

/** Loss and accuracy over all images of a loader, in evaluation mode; each module is left in the mode it was in. */
export async function evaluate(model: Module, loader: DataLoader, options: EvaluateOptions = {}): Promise<Evaluation> {
  const { onBatch, onLogits, signal, tta } = options
  const start = performance.now()
  const modes = Array.from(model.namedModules(), ([, module]) => ({ module, training: module.training }))
  model.eval()
  try {
    let [loss, correct, images] = [0, 0, 0]
    for await (const batch of loader.epoch(0)) {
      signal?.throwIfAborted()
      const result = scope(() =>
        noGrad(() => {
          const logits = augmentedLogits(model, batch, tta)
          const mean = F.crossEntropy(logits, batch.labels).item()
          if (!Number.isFinite(mean)) throw new NonFiniteError(mean, explainNonFinite(model, batch))
          const values = logits.data
          onLogits?.(values, batch.labels)
          return { loss: mean * batch.count, correct: countCorrect(values, batch.labels) }
        }),
      )
      loss += result.loss
      correct += result.correct
      images += batch.count
      onBatch?.(images)
      await letEventsIn()
    }
    return { loss: loss / images, accuracy: correct / images, images, seconds: (performance.now() - start) / 1000 }
  } finally {
    for (const { module, training } of modes) module.training = training
  }
}
