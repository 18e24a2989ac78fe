import { type Command, Option } from 'commander'
import { loadDataset } from '../src/data/loadDataset.js'
import { DataLoader } from '../src/data/loader.js'
import { evaluate } from '../src/train/evaluate.js'
import { readConfig } from '../src/train/readConfig.js'
import { dataProgress } from './dataProgress.js'
import { addSettings, settingsLayer } from './flags.js'
import { bar, integer, percent } from './format.js'
import { openModel } from './openModel.js'
import { Screen } from './screen.js'

export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .description('loss and accuracy of trained weights on a test set')
    .requiredOption('--weights <path>', "a run's folder, or a weights file (safetensors, pth, npz)")
    .addOption(
      new Option(
        '--tta <kind>',
        "test-time augmentation: each image's logits are means with those of its mirror image",
      ).choices(['flip']),
    )
    .option('--json', 'one JSON object: {loss, accuracy, images, imagesPerSecond}')
  addSettings(command, ['model', 's', 'd', 'ghostFirst', 'channels', 'width'])
  addSettings(command, ['data', 'dataDir', 'offline', 'evalBatchSize', 'backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad eval --weights runs/my-run
  $ ghostgrad eval --weights runs/my-run/best.safetensors --tta flip
  $ ghostgrad eval --weights resnet56.safetensors --model resnet56 --json`,
    )
    .action(async ({ weights, tta, json }: { weights: string; tta?: 'flip'; json?: boolean }) => {
      const screen = new Screen(json ? process.stderr : process.stdout)
      const { model, name, file, info } = openModel(command, weights)
      const settings = settingsLayer(command)
      const { data, evalBatchSize, dataDir, offline } = readConfig(
        { values: info.data === undefined ? {} : { data: info.data }, label: (key) => `${file}: ${key}` },
        settings,
      )
      const { test } = await loadDataset(data, {
        offline,
        onProgress: dataProgress(screen),
        ...(dataDir === undefined ? {} : { dataDir }),
      })
      const loader = new DataLoader(test, { batchSize: evalBatchSize })
      const onBatch = (images: number) =>
        screen.live(() => `testing ${bar(images / test.count, 20)} ${integer(images)}/${integer(test.count)} images`)
      const { loss, accuracy, images, seconds } = await evaluate(model, loader, { onBatch, ...(tta ? { tta } : {}) })
      await loader.close()
      const imagesPerSecond = images / seconds
      screen.clearLive()
      if (json) return console.log(JSON.stringify({ loss, accuracy, images, imagesPerSecond }))
      console.log(
        `${name} from ${file}, on the ${integer(images)} test images of ${data}${tta ? ', each with its mirror image' : ''}:`,
      )
      console.log(`accuracy ${percent(accuracy, 2)}, loss ${loss.toFixed(4)}, ${integer(imagesPerSecond)} images/s`)
    })
}
