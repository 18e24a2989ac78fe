import { type Command, Option } from 'commander'
import { modelTitle } from '../src/train/modelTitle.js'
import { dataKeys } from '../src/train/openData.js'
import { type TestAugmentation, testAugmentations } from '../src/train/testAugmentation.js'
import { classesJson, describeClasses } from './evalClasses.js'
import { evaluateWeights } from './evaluateWeights.js'
import { addSettings } from './flags.js'
import { integer, percent } from './format.js'
import { addWeights } from './openModel.js'
import { Screen } from './screen.js'

interface EvalFlags {
  weights: string
  tta?: TestAugmentation
  perClass?: boolean
  json?: boolean
}

const ttaNote: Record<TestAugmentation, string> = {
  none: '',
  flip: ', each with its mirror image',
  translate: ', each with its mirror image and both moved by a pixel',
}

export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .description('loss and accuracy of trained weights on a test set')
    .addOption(
      new Option(
        '--tta <kind>',
        "test-time augmentation: each image's logits are means with those of its mirror image (flip), and with both moved by a pixel (translate)",
      ).choices(testAugmentations),
    )
    .option('--per-class', 'precision, recall and F1 of each class, and the confusion matrix')
    .option(
      '--json',
      'one JSON object: {loss, accuracy, top5, images, imagesPerSecond}, with --per-class classes and confusion',
    )
  addWeights(command)
  addSettings(command, [...dataKeys, 'evalBatchSize', 'backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad eval --weights runs/my-run
  $ ghostgrad eval --weights runs/my-run --per-class
  $ ghostgrad eval --weights runs/my-run/best.safetensors --tta translate
  $ ghostgrad eval --weights runs/my-run --data photos
  $ ghostgrad eval --weights resnet56.pth --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
  $ ghostgrad eval --weights mobilenet_v2.pth --data imagenet/val --json`,
    )
    .action(async ({ weights, tta, perClass, json }: EvalFlags) => {
      const screen = new Screen(json ? process.stderr : process.stdout)
      const { loaded, data, format, result, top5, confusion } = await evaluateWeights(command, weights, screen, tta)
      const { loss, accuracy, images, seconds } = result
      const imagesPerSecond = images / seconds
      if (json)
        return console.log(
          JSON.stringify({
            loss,
            accuracy,
            top5,
            images,
            imagesPerSecond,
            ...(perClass ? classesJson(confusion, format.classes) : {}),
          }),
        )
      console.log(
        `${modelTitle(loaded.name)} from ${loaded.file}, on the ${integer(images)} test images of ${data}${ttaNote[tta ?? 'none']}:`,
      )
      const five = top5 === null ? '' : ` (top 5: ${percent(top5, 2)})`
      console.log(
        `accuracy ${percent(accuracy, 2)}${five}, loss ${loss.toFixed(4)}, ${integer(imagesPerSecond)} images/s`,
      )
      if (perClass) console.log(`\n${describeClasses(confusion, format.classes)}`)
    })
}
