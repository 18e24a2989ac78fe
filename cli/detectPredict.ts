import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { noGrad } from '../src/autograd/gradMode.js'
import { createBackend } from '../src/defaultBackend.js'
import { identity, placePicture } from '../src/detect/data/augment.js'
import { imagenetColours } from '../src/detect/data/detectionLoader.js'
import { loadPicture, type Size } from '../src/detect/data/pictures.js'
import { drawBoxes } from '../src/detect/drawBoxes.js'
import type { Detection } from '../src/detect/evaluate/cocoMap.js'
import { inOriginal } from '../src/detect/evaluate/evaluateDetector.js'
import { readDetectConfig } from '../src/detect/train/detectConfig.js'
import { loadDetector } from '../src/detect/train/detectorFile.js'
import { writeFileAtomic } from '../src/io/atomic.js'
import { setBackend } from '../src/tensor/backend.js'
import { tensor } from '../src/tensor/create.js'
import { ConfigError } from '../src/tensor/errors.js'
import { scope } from '../src/tensor/tensor.js'
import { openFields } from './detectEval.js'
import { addFields, fieldsLayer } from './flags.js'

interface Flags {
  weights: string
  score: string
  out?: string
  json?: boolean
}

export function addDetectPredict(detect: Command): void {
  const command = detect
    .command('predict <image...>')
    .description('the objects in image files: boxes (x, y, width, height), and drawn on the picture')
    .requiredOption('--weights <path>', "a run's folder, or a weights file of it")
    .option('--score <n>', 'leave out what has a lower score, 0 … 1', '0.4')
    .option('--out <file>', 'the picture with boxes, as .svg or .png; for one image')
    .option('--json', 'one JSON object an image: {file, boxes: [{class, score, box}]}')
  addFields(command, openFields)
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad detect predict photo.jpg --weights runs/my-run
  $ ghostgrad detect predict photo.jpg --weights runs/my-run --out boxes.png`,
    )
    .action(async (files: string[], flags: Flags) => {
      const config = readDetectConfig(fieldsLayer(command, openFields))
      const least = Number(flags.score)
      if (!(least >= 0 && least <= 1))
        throw new ConfigError(`--score: expected a number from 0 to 1, got ${flags.score}`)
      if (flags.out !== undefined && files.length > 1) throw new ConfigError('--out: for one image at a time')
      setBackend(createBackend(config.backend, { threads: config.threads }))
      const { model, facts } = loadDetector(flags.weights)
      for (const file of files) {
        const picture = await loadPicture({ name: file, open: () => readFile(file) }, facts.imageSize)
        const canvas = picture.size.map((n) => 32 * Math.ceil(n / 32)) as unknown as Size
        const input = new Float32Array(3 * canvas[0] * canvas[1])
        placePicture(picture, identity, canvas, imagenetColours, input, 0)
        const [found] = scope(() => noGrad(() => model.detect(tensor(input, [1, 3, ...canvas]), [picture.size])))
        const detections = inOriginal(found!, picture.scale).filter(({ score }) => score >= least)
        if (flags.out !== undefined) await draw(flags.out, file, picture, detections, facts.classes)
        console.log(
          flags.json
            ? JSON.stringify(asJson(file, detections, facts.classes))
            : asText(file, detections, facts.classes),
        )
      }
    })
}

const asJson = (file: string, detections: readonly Detection[], classes: readonly string[]) => ({
  file,
  boxes: detections.map(({ box, category, score }) => ({ class: classes[category], score, box })),
})

function asText(file: string, detections: readonly Detection[], classes: readonly string[]): string {
  const rows = detections.map(({ box, category, score }) => {
    const numbers = box.map((value) => value.toFixed(0).padStart(6)).join('')
    return `  ${classes[category]!.padEnd(16)}${score.toFixed(3)}${numbers}`
  })
  return [file, ...(rows.length > 0 ? rows : ['  nothing found'])].join('\n')
}

async function draw(
  out: string,
  file: string,
  size: { width: number; height: number },
  detections: readonly Detection[],
  classes: readonly string[],
): Promise<void> {
  const { default: sharp } = await import('sharp')
  const png = await sharp(await readFile(file))
    .autoOrient()
    .png()
    .toBuffer()
  const svg = drawBoxes(png, size, detections, classes)
  writeFileAtomic(out, out.endsWith('.svg') ? svg : await sharp(Buffer.from(svg)).png().toBuffer())
}
