import { type Command, Option } from 'commander'
import { writeFileAtomic } from '../src/io/atomic.js'
import { ConfigError } from '../src/tensor/errors.js'
import { type ExportFormat, exportFormats, exportModel, formatOf } from '../src/train/exportModel.js'
import { addSettings } from './flags.js'
import { bytes, short } from './format.js'
import { addWeights, dataSetting, openModel } from './openModel.js'

interface ExportFlags {
  weights: string
  out: string
  format?: ExportFormat
  foldBn?: boolean
  batch?: string
  json?: boolean
}

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('trained weights as a file for other tools')
    .requiredOption('--out <file>', 'file to write')
    .addOption(new Option('--format <name>', 'format (default: by the name of the file)').choices(exportFormats))
    .option('--fold-bn', 'onnx: put batch norms into the convolutions before them')
    .option('--batch <n>', 'onnx: images at a time (default: any number)')
    .option('--json', 'one JSON object: {file, format, model, params, bytes}')
  addWeights(command)
  addSettings(command, ['data'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad export --weights runs/my-run --out model.onnx
  $ ghostgrad export --weights runs/my-run --out model.onnx --fold-bn --batch 1
  $ ghostgrad export --weights runs/my-run --out model.pth`,
    )
    .action(({ weights, out, format = formatOf(out), foldBn = false, batch, json }: ExportFlags) => {
      if (format !== 'onnx' && (foldBn || batch !== undefined)) {
        throw new ConfigError(`--fold-bn and --batch are for onnx, got the format ${format}`)
      }
      const onnx = { foldBatchNorm: foldBn, ...(batch === undefined ? {} : { batch: parseBatch(batch) }) }
      const loaded = openModel(command, weights)
      const file = exportModel(loaded, format, { ...onnx, ...dataSetting(command) })
      writeFileAtomic(out, file)
      const params = loaded.model.numParameters
      if (json) console.log(JSON.stringify({ file: out, format, model: loaded.name, params, bytes: file.length }))
      else console.log(`${out}: ${loaded.name} as ${format}, ${short(params)} weights, ${bytes(file.length)}`)
    })
}

function parseBatch(text: string): number {
  const batch = Number(text)
  if (Number.isInteger(batch) && batch >= 1) return batch
  throw new ConfigError(`--batch: expected a whole number of at least 1, got "${text}"`)
}
