import type { ImageDataset } from '../../data/dataset.js'
import { DataLoader } from '../../data/loader.js'
import { argmax, confusionMatrix } from '../../data/metrics.js'
import { pngUrl } from '../../figures/png.js'
import { datasetImage } from '../../train/datasetImage.js'
import { evaluate } from '../../train/evaluate.js'
import type { LoadedModel } from '../../train/trained/openTrained.js'

/** Test images that are evaluated: enough for a picture, few enough not to take long beside a run that trains. */
const evaluated = 2000

/** Misclassified images that are shown. */
const shown = 60

interface Mistake {
  index: number
  label: number
  predicted: number
  /** Of the class that was predicted. */
  probability: number
}

/** How often each class was taken for each other, and the images that the network was surest of and wrong about. */
export async function evaluationOf({ model, trainedOn }: LoadedModel, all: ImageDataset) {
  const test = firstOf(all, evaluated)
  const size = test.classes.length
  const counts = new Int32Array(size * size)
  const mistakes: Mistake[] = []
  let images = 0
  const onLogits = (logits: Float32Array, labels: Int32Array) => {
    confusionMatrix(logits, labels, counts)
    for (const [i, label] of labels.entries()) {
      const row = logits.subarray(i * size, (i + 1) * size)
      const predicted = argmax(row)
      if (predicted !== label)
        mistakes.push({ index: images + i, label, predicted, probability: probabilityOf(row, predicted) })
    }
    images += labels.length
  }
  const loader = new DataLoader(test, { batchSize: 100, worker: false })
  const { loss, accuracy } = await evaluate(model, loader, { onLogits })
  mistakes.sort((a, b) => b.probability - a.probability)
  return {
    ...{
      epoch: trainedOn.epoch ?? null,
      images,
      ofImages: all.count,
      loss,
      accuracy,
      classes: test.classes,
      mistakes: mistakes.length,
    },
    counts: Array.from({ length: size }, (_, label) => [...counts.subarray(label * size, (label + 1) * size)]),
    misclassified: mistakes.slice(0, shown).map((mistake) => ({
      ...mistake,
      image: pngUrl(datasetImage(test, mistake.index)),
    })),
  }
}

/** The first images of a data set, without a copy. */
function firstOf(dataset: ImageDataset, count: number): ImageDataset {
  if (dataset.count <= count) return dataset
  const images = dataset.images.subarray(0, (dataset.images.length / dataset.count) * count)
  return { ...dataset, images, labels: dataset.labels.subarray(0, count), count }
}

/** Softmax of one class, with the largest logit taken away first. */
export function probabilityOf(logits: Float32Array, index: number): number {
  const largest = logits.reduce((a, b) => Math.max(a, b))
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0)
  return Math.exp(logits[index]! - largest) / sum
}
