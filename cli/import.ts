import type { Command } from 'commander'
import { formatOf } from '../src/train/exportModel.js'
import { describeMisfit } from '../src/train/trained/describeMisfit.js'
import { describeModel, type ImportedModel, importModel, whatWeightsFit } from '../src/train/trained/openTrained.js'
import { say } from './errors.js'
import { addSettings } from './flags.js'
import { count } from './format.js'
import { addWeightsSettings, dataSetting, weightsSettings } from './openModel.js'
import { writeExport } from './writeExport.js'

interface ImportFlags {
  out?: string
  strict: boolean
  match: 'names' | 'order'
  json?: boolean
}

export function addImport(program: Command): void {
  const command = program
    .command('import <file>')
    .description(
      "compare a file's weights with a model, or find the models that they fit, and write them in another format",
    )
    .option('--out <file>', 'file to write: .safetensors, .pth, .npz or .onnx')
    .option('--no-strict', 'write although not all fits: the rest keeps its initial values')
    .option(
      '--json',
      'one JSON object: {file, model, taken, missing, unexpected, wrongShape}; without a model {file, fits}',
    )
  addWeightsSettings(command)
  addSettings(command, ['data'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad import resnet56.pth
  $ ghostgrad import checkpoint.pth --model ghostnet --out ghostnet.safetensors
  $ ghostgrad import renamed.pth --model resnet56 --match order --out resnet56.safetensors
  $ ghostgrad import other.pth --model resnet56 --no-strict --out start.safetensors`,
    )
    .action(async (path: string, flags: ImportFlags) => {
      const { out, strict, json } = flags
      const format = out === undefined ? undefined : formatOf(out)
      const overrides = weightsSettings(command)
      if (out === undefined && overrides.model === undefined) {
        listFits(path, flags, overrides.stateDict)
        return
      }
      const imported = importModel(path, overrides)
      for (const note of imported.notes) say(`${imported.file}: ${note}`)
      const { report, taken, file, name } = imported
      const fits = Object.values(report).every((names) => names.length === 0)
      console.log(json ? JSON.stringify({ file, model: name, taken, ...report }) : describe(imported))
      if (flags.match === 'order' && !json) console.log(describeMapping(imported))
      if (strict && !fits) {
        say(`${file} does not fit ${name}${out === undefined ? '' : `: ${out} was not written; --no-strict writes it`}`)
        process.exitCode = 1
      } else if (out !== undefined) {
        writeExport(imported, out, format!, dataSetting(command))
        if (!json) console.log(`written to ${out}`)
      }
    })
}

/** Which networks weights fit, if none is named. */
function listFits(path: string, { json, match }: ImportFlags, stateDict: string | undefined): void {
  const { file, notes, byName, byOrder, near } = whatWeightsFit(path, stateDict)
  for (const note of notes) say(`${file}: ${note}`)
  const fits = byName.concat(match === 'order' || byName.length === 0 ? byOrder : [])
  const entries = fits.map(({ model, options, fitted: { numClasses } }) => ({
    ...{ model, options, numClasses, match: byName.length > 0 ? 'names' : 'order' },
  }))
  if (entries.length === 0) process.exitCode = 1
  if (json) console.log(JSON.stringify({ file, fits: entries }))
  else if (entries.length === 0) {
    console.log(`${file} fits no network here to the last tensor`)
    for (const { model, options, fitted } of near) {
      console.log(`nearest: ${describeModel(model, options)}, ${count(fitted.taken, 'tensor')} taken`)
      for (const line of describeMisfit(fitted)) console.log(`  ${line}`)
    }
  } else {
    const how = byName.length > 0 ? '' : ', by order and shape (--match order)'
    for (const { model, options, fitted } of fits) {
      console.log(`${file} fits ${describeModel(model, options)}, ${fitted.numClasses} classes${how}`)
      for (const note of fitted.notes) console.log(`  ${note}`)
    }
  }
}

function describe({ file, name, report, taken, fitted }: ImportedModel): string {
  const { missing, unexpected, wrongShape } = report
  const most = 3
  const isLong = Math.max(missing.length, unexpected.length, wrongShape.length) > most
  const lines = isLong
    ? describeMisfit(fitted)
    : [
        ...list('missing from the file', missing),
        ...list('unexpected', unexpected),
        ...list('of another shape', wrongShape),
      ]
  return [`${file}: ${count(taken, 'tensor')} fit ${name}`, ...lines].join('\n')
}

const list = (what: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${names.length} ${what}:`, ...names.map((name) => `  ${name}`)]

/** Which tensor of the file each one of the network is, a line per layer. */
function describeMapping({ mapping }: ImportedModel): string {
  const layer = (name: string) => name.slice(0, name.lastIndexOf('.'))
  const layers = new Map(Array.from(mapping, ([ours, theirs]) => [layer(ours), layer(theirs)]))
  const width = Math.max(...Array.from(layers.keys(), (name) => name.length))
  return Array.from(layers, ([ours, theirs]) => `  ${ours.padEnd(width)}  <- ${theirs}`).join('\n')
}
