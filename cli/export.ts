import { type Command, Option } from 'commander'
import { ConfigError } from '../src/tensor/errors.js'
import { type ExportFormat, exportFormats, formatOf } from '../src/train/exportModel.js'
import { modelTitle } from '../src/train/modelTitle.js'
import type { LoadedModel } from '../src/train/trained/openTrained.js'
import { addSettings, wholeFlag } from './flags.js'
import { bytes, short } from './format.js'
import { addWeights, dataSetting, openModel } from './openModel.js'
import { writeExport } from './writeExport.js'

interface ExportFlags {
  weights: string
  out: string
  format?: ExportFormat
  foldBn?: boolean
  preprocess?: boolean
  softmax?: boolean
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
    .option('--preprocess', 'onnx: the graph takes pixels, 0 … 255, and normalizes them itself')
    .option('--softmax', 'onnx: the graph gives probabilities in place of logits')
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
  $ ghostgrad export --weights runs/my-run --out model.onnx --preprocess --softmax
  $ ghostgrad export --weights runs/my-run --out model.pth`,
    )
    .action((flags: ExportFlags) => {
      const { weights, out, format = formatOf(out), foldBn = false, batch, preprocess = false, softmax = false } = flags
      if (format !== 'onnx' && (foldBn || preprocess || softmax || batch !== undefined)) {
        throw new ConfigError(`--fold-bn, --batch, --preprocess and --softmax are for onnx, got the format ${format}`)
      }
      const images = batch === undefined ? {} : { batch: wholeFlag('--batch', batch) }
      const loaded = openModel(command, weights)
      const options = { foldBatchNorm: foldBn, preprocess, softmax, ...images, ...dataSetting(command) }
      const { bytes: size, beside } = writeExport(loaded, out, format, options)
      const params = loaded.model.numParameters
      if (flags.json) return console.log(JSON.stringify({ file: out, format, model: loaded.name, params, bytes: size }))
      console.log(`${out}: ${modelTitle(loaded.name)} as ${format}, ${short(params)} weights, ${bytes(size)}`)
      if (beside !== null) console.log(`${beside}: what the network takes and gives, for which ${format} has no room`)
      for (const line of describeUse(loaded, { preprocess, softmax })) console.log(line)
    })
}

/** What must be done to an image, and what comes out. */
function describeUse(
  { trainedOn }: LoadedModel,
  { preprocess, softmax }: { preprocess: boolean; softmax: boolean },
): string[] {
  const { height, width, cropShare, mean, std, classes } = trainedOn
  const size = `${width} × ${height} pixels`
  const before = `${Math.round(width / cropShare)} × ${Math.round(height / cropShare)}`
  const cut =
    cropShare === 1
      ? `scaled to cover ${size} and cut around the centre`
      : `scaled to cover ${before} and cut to the inner ${size}`
  const values = preprocess
    ? 'values 0 … 255'
    : `each value (x / 255 - mean) / std, mean ${mean.join(', ')}, std ${std.join(', ')}`
  return [
    `input: float32 (batch, 3, ${height}, ${width}), planes red, green, blue of an image ${cut}; ${values}`,
    `output: ${softmax ? 'probabilities' : 'logits'} (batch, ${classes.length})`,
  ]
}
