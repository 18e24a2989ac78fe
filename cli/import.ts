import type { Command } from 'commander'
import { writeFileAtomic } from '../src/io/atomic.js'
import { exportModel, formatOf } from '../src/train/exportModel.js'
import { type ImportedModel, importModel } from '../src/train/loadModel.js'
import { say } from './errors.js'
import { addSettings } from './flags.js'
import { count } from './format.js'
import { dataSetting, modelSettings } from './openModel.js'

interface ImportFlags {
  out?: string
  strict: boolean
  json?: boolean
}

export function addImport(program: Command): void {
  const command = program
    .command('import <file>')
    .description("compare a file's weights with a model, and write what fits in another format")
    .option('--out <file>', 'file to write: .safetensors, .pth, .npz or .onnx')
    .option('--no-strict', 'write although not all fits: the rest keeps its initial values')
    .option('--json', 'one JSON object: {file, model, taken, missing, unexpected, wrongShape}')
  addSettings(command, ['model', 's', 'd', 'ghostFirst', 'width', 'data'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad import resnet56.pth --model resnet56
  $ ghostgrad import checkpoint.pth --model ghostnet --out ghostnet.safetensors
  $ ghostgrad import other.pth --model resnet56 --no-strict --out start.safetensors`,
    )
    .action((path: string, { out, strict, json }: ImportFlags) => {
      const format = out === undefined ? undefined : formatOf(out)
      const imported = importModel(path, ...modelSettings(command))
      const { report, taken, file, name } = imported
      const fits = Object.values(report).every((names) => names.length === 0)
      console.log(json ? JSON.stringify({ file, model: name, taken, ...report }) : describe(imported))
      if (strict && !fits) {
        say(`${file} does not fit ${name}${out === undefined ? '' : `: ${out} was not written; --no-strict writes it`}`)
        process.exitCode = 1
      } else if (out !== undefined) {
        writeFileAtomic(out, exportModel(imported, format!, dataSetting(command)))
        if (!json) console.log(`written to ${out}`)
      }
    })
}

function describe({ file, name, report, taken }: ImportedModel): string {
  const { missing, unexpected, wrongShape } = report
  return [
    `${file}: ${count(taken, 'tensor')} fit ${name}`,
    ...list('missing from the file', missing),
    ...list('unexpected', unexpected),
    ...list('of another shape', wrongShape),
  ].join('\n')
}

const list = (what: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${names.length} ${what}:`, ...names.map((name) => `  ${name}`)]
