import type { LoadOptions } from '../data/cifar10.js'
import { loadDataset } from '../data/loadDataset.js'
import { DataLoader } from '../data/loader.js'
import { confusionMatrix } from '../data/metrics.js'
import { DataError } from '../tensor/errors.js'
import { type EvaluateOptions, evaluate } from '../train/evaluate.js'
import type { Extra, KeptExtra } from './extra.js'

export interface Confusion {
  classes: string[]
  /** By label, then predicted class. */
  counts: number[][]
}

export type EvaluationOptions = LoadOptions & Pick<EvaluateOptions, 'onBatch'> & { evalBatchSize: number }

/** How often a run's last weights took each class for each other, over the test images. */
export const confusionExtra = ({ evalBatchSize, onBatch, ...options }: EvaluationOptions): Extra => ({
  ending: '.confusion.csv',
  compute: async ({ model }, { result }) => {
    const { test } = await loadDataset(result.config.data as string, options)
    const size = test.classes.length
    const counts = new Int32Array(size * size)
    const loader = new DataLoader(test, { batchSize: evalBatchSize })
    try {
      const onLogits = (logits: Float32Array, labels: Int32Array) => void confusionMatrix(logits, labels, counts)
      await evaluate(model, loader, onBatch ? { onLogits, onBatch } : { onLogits })
    } finally {
      await loader.close()
    }
    const lines = test.classes.map((name, label) => [name, ...counts.subarray(label * size, (label + 1) * size)])
    return [['label', ...test.classes], ...lines].map((cells) => `${cells.join(',')}\n`).join('')
  },
})

/** Other kernels differ in their last bits: an image or two may be taken for another class. */
const tolerance = 0.003

/** @throws DataError if the text is not a matrix, or not that of the run */
export function parseConfusion({ text, file, run }: KeptExtra): Confusion {
  const [head, ...lines] = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
  const classes = head!.slice(1)
  const counts = lines.map(([, ...cells]) => cells.map(Number))
  const isMatrix =
    counts.length === classes.length &&
    lines.every(([name], i) => name === classes[i] && counts[i]!.length === classes.length) &&
    counts.flat().every((count) => Number.isSafeInteger(count) && count >= 0)
  if (!isMatrix) throw new DataError(`${file}: not a confusion matrix; remove the file to have it made again`)
  const total = counts.flat().reduce((sum, count) => sum + count, 0)
  const accuracy = counts.reduce((sum, row, i) => sum + row[i]!, 0) / total
  if (Math.abs(accuracy - run.result.accuracy) <= tolerance) return { classes, counts }
  throw new DataError(
    `${file}: comes to an accuracy of ${accuracy}, but ${run.file} has ${run.result.accuracy}: ` +
      'the weights were not those of the run; remove the file',
  )
}
