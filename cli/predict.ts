import type { Command } from 'commander'
import { softmax } from '../src/autograd/functional.js'
import { noGrad } from '../src/autograd/gradMode.js'
import { loadImage } from '../src/data/decodeImage.js'
import type { Module } from '../src/nn/module.js'
import { tensor } from '../src/tensor/create.js'
import { DataError } from '../src/tensor/errors.js'
import { scope } from '../src/tensor/tensor.js'
import { type InputFormat, readInputFormat } from '../src/train/inputFormat.js'
import { say } from './errors.js'
import { addSettings } from './flags.js'
import { bar, percent } from './format.js'
import { addWeights, openModel } from './openModel.js'

interface Prediction {
  file: string
  /** One number a class. */
  logits: number[]
  /** The likeliest classes first. */
  top: { class: string; probability: number }[]
}

export function addPredict(program: Command): void {
  const command = program
    .command('predict <image...>')
    .description('the five likeliest classes of image files (JPEG, PNG, WebP, AVIF, GIF, SVG, TIFF)')
    .option('--json', 'one JSON object an image: {file, logits, top: [{class, probability}]}')
  addWeights(command)
  addSettings(command, ['backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad predict cat.jpg --weights runs/my-run
  $ ghostgrad predict photos/*.jpg --weights runs/my-run --json`,
    )
    .action(async (images: string[], { weights, json }: { weights: string; json?: boolean }) => {
      const loaded = openModel(command, weights)
      const format = readInputFormat(loaded)
      for (const file of images) {
        try {
          const prediction = await predict(loaded.model, file, format)
          console.log(json ? JSON.stringify(prediction) : describe(prediction))
        } catch (error) {
          if (!(error instanceof DataError)) throw error
          say(error.message) // the other images are none the worse for it
          process.exitCode = 1
        }
      }
    })
}

async function predict(model: Module, file: string, format: InputFormat): Promise<Prediction> {
  const image = await loadImage(file, format)
  const { logits, probabilities } = scope(() =>
    noGrad(() => {
      const output = model.call(tensor(image, [1, 3, format.height, format.width])) // (1, classes)
      return { logits: [...output.data], probabilities: [...softmax(output).data] }
    }),
  )
  const top = probabilities
    .map((probability, i) => ({ class: format.classes[i]!, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 5)
  return { file, logits, top }
}

function describe({ file, top }: Prediction): string {
  const width = Math.max(12, ...top.map((row) => row.class.length + 2))
  const rows = top.map(({ class: name, probability }) => {
    return `  ${name.padEnd(width)}${percent(probability).padStart(8)}  ${bar(probability, 30)}`
  })
  return [file, ...rows].join('\n')
}
