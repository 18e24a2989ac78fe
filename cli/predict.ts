import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { softmax } from '../src/autograd/functional.js'
import { decodeShown } from '../src/data/cropCentre.js'
import { normalizePlanes } from '../src/data/transforms.js'
import { tensor } from '../src/tensor/create.js'
import { DataError } from '../src/tensor/errors.js'
import { scope } from '../src/tensor/tensor.js'
import { Predictor } from '../src/train/predictor.js'
import type { InputFormat } from '../src/train/trained/trainedOn.js'
import { say } from './errors.js'
import { addSettings, wholeFlag } from './flags.js'
import { bar, percent } from './format.js'
import { addWeights, openModel } from './openModel.js'

interface Prediction {
  file: string
  /** One number per class. */
  logits: number[]
  /** The likeliest classes first. */
  top: { class: string; probability: number }[]
}

interface PredictFlags {
  weights: string
  top: string
  json?: boolean
}

export function addPredict(program: Command): void {
  const command = program
    .command('predict <image...>')
    .description(
      'the likeliest classes of image files and of the images in folders (JPEG, PNG, WebP, AVIF, GIF, SVG, TIFF)',
    )
    .option('--top <n>', 'classes per image', '5')
    .option('--json', 'one JSON object per image: {file, logits, top: [{class, probability}]}')
  addWeights(command)
  addSettings(command, ['backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad predict cat.jpg --weights runs/my-run
  $ ghostgrad predict photos --weights runs/my-run --top 1
  $ ghostgrad predict photos/*.jpg --weights mobilenet_v2.pth --json`,
    )
    .action(async (paths: string[], { weights, top, json }: PredictFlags) => {
      const most = wholeFlag('--top', top)
      const { model, trainedOn } = openModel(command, weights)
      const predictor = new Predictor(model)
      for (const path of paths) {
        for (const file of await imagesAt(path)) {
          try {
            const prediction = await predict(predictor, file, trainedOn, most)
            console.log(json ? JSON.stringify(prediction) : describe(prediction))
          } catch (error) {
            if (!(error instanceof DataError)) throw error
            say(error.message) // the other images are none the worse for it
            process.exitCode = 1
          }
        }
      }
    })
}

const endings = /\.(jpe?g|jfif|png|webp|avif|gif|svg|tiff?)$/i

/** The images in a folder and those inside it, by name; a file itself. */
async function imagesAt(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => null)
  if (!info?.isDirectory()) return [path]
  const names = await readdir(path, { recursive: true })
  const images = names.filter((name) => endings.test(name)).sort()
  if (images.length > 0) return images.map((name) => join(path, name))
  say(`${path}: no images in this folder`)
  process.exitCode = 1
  return []
}

async function predict(predictor: Predictor, file: string, format: InputFormat, most: number): Promise<Prediction> {
  const { height, width, classes } = format
  const planes = await decodeShown(file, format)
  const output = predictor.predict(normalizePlanes(planes, format), [1, 3, height, width])
  const logits = [...output]
  const probabilities = scope(() => [...softmax(tensor(output, [1, logits.length])).data])
  const top = probabilities
    .map((probability, i) => ({ class: classes[i]!, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, most)
  return { file, logits, top }
}

function describe({ file, top }: Prediction): string {
  const width = Math.max(12, ...top.map((row) => row.class.length + 2))
  const rows = top.map(({ class: name, probability }) => {
    return `  ${name.padEnd(width)}${percent(probability).padStart(8)}  ${bar(probability, 30)}`
  })
  return [file, ...rows].join('\n')
}
