import type { Command } from 'commander'
import { createBackend } from '../src/defaultBackend.js'
import { DetectionLoader } from '../src/detect/data/detectionLoader.js'
import { loadDetection } from '../src/detect/data/loadDetection.js'
import { canvasSize } from '../src/detect/data/pictures.js'
import type { CocoMetrics } from '../src/detect/evaluate/cocoMap.js'
import { evaluateDetector } from '../src/detect/evaluate/evaluateDetector.js'
import { detectFields, readDetectConfig } from '../src/detect/train/detectConfig.js'
import { loadDetector } from '../src/detect/train/detectorFile.js'
import { setBackend } from '../src/tensor/backend.js'
import { ConfigError } from '../src/tensor/errors.js'
import { addFields, fieldsLayer } from './flags.js'
import { printTable } from './table.js'

const { data, from, dataDir, batchSize, backend, threads } = detectFields
export const openFields = { backend, threads }
const fields = { data, from, dataDir, batchSize, ...openFields }

const rows: readonly [key: keyof CocoMetrics, name: string][] = [
  ['ap', 'AP, overlap 0.50:0.95'],
  ['ap50', 'AP, overlap 0.50'],
  ['ap75', 'AP, overlap 0.75'],
  ['apSmall', 'AP, small'],
  ['apMedium', 'AP, medium'],
  ['apLarge', 'AP, large'],
  ['ar1', 'AR, 1 an image'],
  ['ar10', 'AR, 10 an image'],
  ['ar100', 'AR, 100 an image'],
  ['arSmall', 'AR, small'],
  ['arMedium', 'AR, medium'],
  ['arLarge', 'AR, large'],
]

export function addDetectEval(detect: Command): void {
  const command = detect
    .command('eval')
    .description("COCO's twelve numbers on the test images, and the average precision of each class")
    .requiredOption('--weights <path>', "a run's folder, or a weights file of it")
    .option('--json', 'one JSON object')
  addFields(command, fields)
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad detect eval --weights runs/my-run
  $ ghostgrad detect eval --weights runs/my-run --data photos --json`,
    )
    .action(async ({ weights, json }: { weights: string; json?: boolean }) => {
      const layer = fieldsLayer(command, fields)
      const config = readDetectConfig(layer)
      setBackend(createBackend(config.backend, { threads: config.threads }))
      const { model, facts } = loadDetector(weights)
      const source = { data: facts.data, ...layer.values }
      const { train, test } = await loadDetection(source)
      if (test.classes.join() !== facts.classes.join()) {
        throw new ConfigError(
          `${weights} finds ${facts.classes.join(', ')}, but ${source.data} has ${test.classes.join(', ')}: name the data by --data`,
        )
      }
      const canvas = canvasSize([train, test], facts.imageSize)
      const options = { longSide: facts.imageSize, canvas, seed: 0, batchSize: config.batchSize, augment: null }
      const { metrics, perCategory } = await evaluateDetector(model, await DetectionLoader.open(test, options))
      const classes = perCategory.map(({ category, ...row }) => ({ class: facts.classes[category]!, ...row }))
      if (json) return console.log(JSON.stringify({ metrics, classes, images: test.images.length }))
      printTable(
        ['measure', '%'],
        rows.map(([key, name]) => [name, shown(metrics[key])]),
      )
      printTable(
        ['class', 'boxes', 'AP', 'AP50'],
        classes.map((row) => [row.class, String(row.truths), shown(row.ap), shown(row.ap50)]),
      )
    })
}

/** A share in percent; a dash where there is nothing to measure it by. */
const shown = (value: number): string => (value < 0 ? '–' : (100 * value).toFixed(2))
