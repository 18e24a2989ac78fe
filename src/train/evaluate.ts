import * as F from '../autograd/functional.js'
import { noGrad } from '../autograd/gradMode.js'
import type { Batch, DataLoader } from '../data/loader.js'
import { countCorrect } from '../data/metrics.js'
import type { Module } from '../nn/module.js'
import { tensor } from '../tensor/create.js'
import { scope, type Tensor } from '../tensor/tensor.js'
import { letEventsIn } from './events.js'
import { explainNonFinite, NonFiniteError } from './nonFinite.js'

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
  /** Test-time augmentation: the mean logits of each image and its mirror image (left and right). Default: none. */
  tta?: 'flip'
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
          const logits = tta === 'flip' ? meanOfMirrored(model, batch) : model.call(tensor(batch.images, batch.shape))
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

/** The mean logits (N, classes) of images as they are and as in a mirror. */
function meanOfMirrored(model: Module, { images, shape }: Batch): Tensor {
  const width = shape[3]
  const mirrored = new Float32Array(images.length)
  for (let row = 0; row < images.length; row += width) {
    for (let x = 0; x < width; x++) mirrored[row + x] = images[row + width - 1 - x]!
  }
  return F.mul(F.add(model.call(tensor(images, shape)), model.call(tensor(mirrored, shape))), 0.5)
}
