import type { Command } from 'commander'
import type { ImageDataset } from '../src/data/dataset.js'
import { DataLoader } from '../src/data/loader.js'
import { confusionMatrix, topKAccuracy } from '../src/data/metrics.js'
import { type Evaluation, evaluate } from '../src/train/evaluate.js'
import type { TestAugmentation } from '../src/train/testAugmentation.js'
import type { LoadedModel } from '../src/train/trained/openTrained.js'
import { openTrainedData } from '../src/train/trained/trainedData.js'
import type { InputFormat } from '../src/train/trained/trainedOn.js'
import { dataProgress } from './dataProgress.js'
import { say } from './errors.js'
import { settingsLayer } from './flags.js'
import { bar, integer } from './format.js'
import { openModel } from './openModel.js'
import type { Screen } from './screen.js'

export interface EvaluatedWeights {
  loaded: LoadedModel
  /** Name or path of the data set. */
  data: string
  format: InputFormat
  result: Evaluation
  /** Share of images whose label is among the five largest logits, 0 … 1; null for up to five classes. */
  top5: number | null
  /** (classes, classes): entry `label * classes + predicted` counts images. */
  confusion: Int32Array
}

/** Fewer of large images, so that their maps do not fill the memory. */
const imagesAtATime = ({ height, width }: ImageDataset): number =>
  Math.max(16, Math.floor((200 * 64 ** 2) / (height * width)))

/** The weights that a command names, over the test images that it or they name. */
export async function evaluateWeights(
  command: Command,
  weights: string,
  screen: Screen,
  tta?: TestAugmentation,
): Promise<EvaluatedWeights> {
  const loaded = openModel(command, weights)
  const opened = await openTrainedData(loaded, settingsLayer(command), { onProgress: dataProgress(screen) })
  const { config, test, format, notes } = opened
  for (const note of notes) say(`${config.data}: ${note}`)
  const confusion = new Int32Array(format.classes.length ** 2)
  const isGiven = settingsLayer(command).values.evalBatchSize !== undefined
  const batchSize = isGiven ? config.evalBatchSize : Math.min(config.evalBatchSize, imagesAtATime(test))
  const loader = new DataLoader(test, { batchSize })
  let inTop5 = 0
  try {
    const result = await evaluate(loaded.model, loader, {
      onBatch: (images) =>
        screen.live(() => `testing ${bar(images / test.count, 20)} ${integer(images)}/${integer(test.count)} images`),
      ...(tta ? { tta } : {}),
      onLogits: (logits, labels) => {
        confusionMatrix(logits, labels, confusion)
        if (format.classes.length > 5) inTop5 += topKAccuracy(logits, labels, 5) * labels.length
      },
    })
    screen.clearLive()
    const top5 = format.classes.length > 5 ? Math.round(inTop5) / result.images : null
    return { loaded, data: config.data, format, result, top5, confusion }
  } finally {
    await loader.close()
  }
}
