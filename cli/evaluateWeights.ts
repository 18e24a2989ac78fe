import type { Command } from 'commander'
import { evaluationPart } from '../src/data/cifar10.js'
import { DataLoader } from '../src/data/loader.js'
import { confusionMatrix } from '../src/data/metrics.js'
import { type Evaluation, evaluate } from '../src/train/evaluate.js'
import { type InputFormat, readInputFormat } from '../src/train/inputFormat.js'
import type { LoadedModel } from '../src/train/loadModel.js'
import { isOwnData, openData } from '../src/train/openData.js'
import { readConfig } from '../src/train/readConfig.js'
import type { TestAugmentation } from '../src/train/testAugmentation.js'
import { asTrained, trainedDataLayer } from '../src/train/trainedData.js'
import { dataProgress } from './dataProgress.js'
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
  /** (classes, classes): entry `label * classes + predicted` counts images. */
  confusion: Int32Array
}

/** The weights that a command names, over the test images that it or they name. */
export async function evaluateWeights(
  command: Command,
  weights: string,
  screen: Screen,
  tta?: TestAugmentation,
): Promise<EvaluatedWeights> {
  const loaded = openModel(command, weights)
  const config = readConfig(trainedDataLayer(loaded), settingsLayer(command))
  // Images that are not those of the training are all for testing, unless they are divided themselves.
  const isOther = loaded.info.data === undefined || !isOwnData(loaded.info.data)
  const all = isOther && settingsLayer(command).values.testShare === undefined ? { testShare: 1 } : {}
  const splits = await openData(config, { onProgress: dataProgress(screen), ...all })
  const format = readInputFormat(loaded)
  const test = asTrained(evaluationPart(splits), format, loaded.file)
  const confusion = new Int32Array(format.classes.length ** 2)
  const loader = new DataLoader(test, { batchSize: config.evalBatchSize })
  try {
    const result = await evaluate(loaded.model, loader, {
      onBatch: (images) =>
        screen.live(() => `testing ${bar(images / test.count, 20)} ${integer(images)}/${integer(test.count)} images`),
      ...(tta ? { tta } : {}),
      onLogits: (logits, labels) => void confusionMatrix(logits, labels, confusion),
    })
    screen.clearLive()
    return { loaded, data: config.data, format, result, confusion }
  } finally {
    await loader.close()
  }
}
