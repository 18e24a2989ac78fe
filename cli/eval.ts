import type { Command } from 'commander'
import { DataLoader } from '../src/data/loader.js'
import { confusionMatrix } from '../src/data/metrics.js'
import { evaluate } from '../src/train/evaluate.js'
import { readInputFormat } from '../src/train/inputFormat.js'
import { dataKeys, openData } from '../src/train/openData.js'
import { readConfig } from '../src/train/readConfig.js'
import { asTrained, trainedDataLayer } from '../src/train/trainedData.js'
import { dataProgress } from './dataProgress.js'
import { classesJson, describeClasses } from './evalClasses.js'
import { addSettings, settingsLayer } from './flags.js'
import { bar, integer, percent } from './format.js'
import { openModel } from './openModel.js'
import { Screen } from './screen.js'

export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .description('loss and accuracy of trained weights on a test set')
    .requiredOption('--weights <path>', "a run's folder, or a weights file (safetensors, pth, npz)")
    .option('--per-class', 'precision, recall and F1 of each class, and the confusion matrix')
    .option(
      '--json',
      'one JSON object: {loss, accuracy, images, imagesPerSecond}, with --per-class classes and confusion',
    )
  addSettings(command, ['model', 's', 'd', 'ghostFirst', 'channels', 'width'])
  addSettings(command, [...dataKeys, 'evalBatchSize', 'backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad eval --weights runs/my-run
  $ ghostgrad eval --weights runs/my-run --per-class
  $ ghostgrad eval --weights runs/my-run --data photos
  $ ghostgrad eval --weights resnet56.safetensors --model resnet56 --json`,
    )
    .action(async ({ weights, perClass, json }: { weights: string; perClass?: boolean; json?: boolean }) => {
      const screen = new Screen(json ? process.stderr : process.stdout)
      const loaded = openModel(command, weights)
      const { model, name, file } = loaded
      const config = readConfig(trainedDataLayer(loaded), settingsLayer(command))
      const splits = await openData(config, { onProgress: dataProgress(screen) })
      const format = readInputFormat(loaded)
      const test = asTrained(splits.test, format, file)
      const loader = new DataLoader(test, { batchSize: config.evalBatchSize })
      const confusion = new Int32Array(format.classes.length ** 2)
      const onLogits = (logits: Float32Array, labels: Int32Array) => void confusionMatrix(logits, labels, confusion)
      const onBatch = (images: number) =>
        screen.live(() => `testing ${bar(images / test.count, 20)} ${integer(images)}/${integer(test.count)} images`)
      const { loss, accuracy, images, seconds } = await evaluate(model, loader, { onBatch, onLogits })
      await loader.close()
      const imagesPerSecond = images / seconds
      screen.clearLive()
      if (json)
        return console.log(
          JSON.stringify({
            loss,
            accuracy,
            images,
            imagesPerSecond,
            ...(perClass ? classesJson(confusion, format.classes) : {}),
          }),
        )
      console.log(`${name} from ${file}, on the ${integer(images)} test images of ${config.data}:`)
      console.log(`accuracy ${percent(accuracy, 2)}, loss ${loss.toFixed(4)}, ${integer(imagesPerSecond)} images/s`)
      if (perClass) console.log(`\n${describeClasses(confusion, format.classes)}`)
    })
}
