import type { Command } from 'commander'
import type { DetectionSet } from '../src/detect/data/detectionData.js'
import { loadDetection } from '../src/detect/data/loadDetection.js'
import { detectFields, readDetectConfig } from '../src/detect/train/detectConfig.js'
import { addFields, fieldsLayer } from './flags.js'
import { printTable } from './table.js'

const { from, dataDir } = detectFields
const fields = { from, dataDir }

export function addDetectData(detect: Command): void {
  const command = detect
    .command('data <name>')
    .description('looks at images with boxes: classes, numbers, annotations that cannot be used')
    .option('--json', 'one JSON object')
  addFields(command, fields)
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad detect data cifar10-scenes
  $ ghostgrad detect data bccd --from BCCD_Dataset`,
    )
    .action(async (data: string, { json }: { json?: boolean }) => {
      const config = readDetectConfig(fieldsLayer(command, fields))
      const { train, test } = await loadDetection({ ...config, data })
      const bad = [...train.bad, ...test.bad]
      const counts = train.classes.map((name, label) => ({
        class: name,
        train: boxesOf(train, label),
        test: boxesOf(test, label),
      }))
      if (json)
        return console.log(
          JSON.stringify({ train: train.images.length, test: test.images.length, classes: counts, bad }),
        )
      console.log(`${data}: ${train.images.length} training and ${test.images.length} test images`)
      printTable(
        ['class', 'training boxes', 'test boxes'],
        counts.map((row) => [row.class, String(row.train), String(row.test)]),
      )
      if (bad.length > 0) console.log(`${bad.length} annotations cannot be used:`)
      for (const { image, reason } of bad) console.log(`  ${image}: ${reason}`)
    })
}

const boxesOf = ({ images }: DetectionSet, label: number): number =>
  images.reduce((sum, { labels }) => sum + labels.filter((own) => own === label).length, 0)
