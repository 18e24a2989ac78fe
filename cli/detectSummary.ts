import type { Command } from 'commander'
import { summarizeDetector } from '../src/detect/summarizeDetector.js'
import { detectFields, readDetectConfig } from '../src/detect/train/detectConfig.js'
import { ConfigError } from '../src/tensor/errors.js'
import { addFields, fieldsLayer } from './flags.js'
import { short } from './format.js'
import { printTable } from './table.js'

const { detector, backbone, width, s, d, fpnChannels, anchorScale, hidden } = detectFields
const fields = { detector, backbone, width, s, d, fpnChannels, anchorScale, hidden }

export function addDetectSummary(detect: Command): void {
  const command = detect
    .command('summary')
    .description('weights and multiply-adds of backbone, pyramid and heads')
    .option('--size <height,width>', 'of the input, pixels; multiples of 32', '800,1344')
    .option('--classes <n>', 'classes to tell apart', '80')
    .option('--json', 'one JSON object')
  addFields(command, fields)
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad detect summary --backbone ghostnet --width 1.1
  $ ghostgrad detect summary --detector faster-rcnn --backbone resnet50 --size 800,1344`,
    )
    .action((flags: { size: string; classes: string; json?: boolean }) => {
      const config = readDetectConfig(fieldsLayer(command, fields))
      const size = flags.size.split(',').map(Number)
      const numClasses = Number(flags.classes)
      if (size.length !== 2 || !size.every((n) => Number.isInteger(n) && n > 0 && n % 32 === 0)) {
        throw new ConfigError(`--size: expected height,width in multiples of 32, got ${flags.size}`)
      }
      if (!Number.isInteger(numClasses) || numClasses < 1) {
        throw new ConfigError(`--classes: expected a whole number of at least 1, got ${flags.classes}`)
      }
      const options = { ...config, backboneOptions: { width: config.width, s: config.s, d: config.d }, numClasses }
      const parts = summarizeDetector(options, [size[0]!, size[1]!])
      if (flags.json) return console.log(JSON.stringify({ size, parts }))
      const total = {
        name: 'total',
        params: parts.reduce((sum, { params }) => sum + params, 0),
        macs: parts.reduce((sum, { macs }) => sum + macs, 0),
      }
      printTable(
        ['part', 'weights', 'multiply-adds'],
        [...parts, total].map(({ name, params, macs }) => [name, short(params), short(macs)]),
      )
    })
}
