import { existsSync } from 'node:fs'
import Table from 'cli-table3'
import type { Command } from 'commander'
import { isModelFile } from '../src/models/modelFile.js'
import { createModel, findModel, takesOption } from '../src/models/registry.js'
import { type LayerSummary, type Summary, summarize } from '../src/nn/summary.js'
import { setBackend } from '../src/tensor/backend.js'
import { ConfigError } from '../src/tensor/errors.js'
import { MetaBackend } from '../src/tensor/meta/metaBackend.js'
import { modelOptions } from '../src/train/build.js'
import { weightsPath } from '../src/train/latestRun.js'
import { modelTitle } from '../src/train/modelTitle.js'
import { modelNameOf, openOwnModel } from '../src/train/ownModel.js'
import { readConfig } from '../src/train/readConfig.js'
import { describeModel, describeWeights } from '../src/train/trained/openTrained.js'
import { addSettings, flagOf, settingsLayer } from './flags.js'
import { integer, short } from './format.js'
import { plainTable } from './table.js'

export function addSummary(program: Command): void {
  const command = program
    .command('summary <model>')
    .description(
      'layers of a network (by name, of a module of your own, of a run or a weights file) with kernels, shapes, weights, multiply-adds',
    )
    .option('--input-size <n>', 'height and width of the images, pixels (default: those of the weights, else 32)')
    .option('--json', 'one JSON object: {params, macs, layers}')
  addSettings(command, ['s', 'd', 'ghostFirst', 'channels', 'width', 'groups'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad summary ghost-vgg16 --s 2 --d 3
  $ ghostgrad summary ghostnet --input-size 224
  $ ghostgrad summary runs/my-run
  $ ghostgrad summary ./mine.mjs`,
    )
    .action((what: string, { inputSize, json }: { inputSize?: string; json?: boolean }) => {
      const given = inputSize === undefined ? undefined : parseSize(inputSize)
      setBackend(new MetaBackend()) // shapes are all that is counted
      const { title, size, model } = isWeights(what) ? ofWeights(what, given, command) : ofModel(what, given, command)
      const summary = summarize(model, [3, size, size])
      console.log(json ? JSON.stringify(summary) : describe(title, size, summary))
    })
}

function parseSize(text: string): number {
  const size = Number(text)
  if (Number.isInteger(size) && size >= 1) return size
  throw new ConfigError(`--input-size: expected a whole number of at least 1, got "${text}"`)
}

/** A network by its name; one that knows of image sizes is told. */
function ofModel(text: string, size = 32, command: Command) {
  openOwnModel(text, true)
  const name = modelNameOf(text)
  const options = modelOptions(readConfig(settingsLayer(command)))
  const model = createModel(name, {
    ...options,
    seed: 0,
    ...(takesOption(name, 'inputSize') ? { inputSize: size } : {}),
  })
  return { title: modelTitle(name), size, model }
}

/** Whether a run or a file of weights is meant: names of networks win. */
const isWeights = (what: string): boolean =>
  findModel(what) === undefined && !isModelFile(what) && (existsSync(what) || /^latest(:|$)/.test(what))

/** The network of a run or a weights file, as it is there. */
function ofWeights(what: string, given: number | undefined, command: Command) {
  const refused = Object.keys(settingsLayer(command).values)
  if (refused.length > 0) throw new ConfigError(`${flagOf(refused[0]!)}: ${what} says this itself`)
  const { name, options, trainedOn } = describeWeights(weightsPath(what))
  const size = given ?? trainedOn.height
  const sized = takesOption(name, 'inputSize') && given !== undefined ? { ...options, inputSize: given } : options
  return { title: describeModel(modelTitle(name), options), size, model: createModel(name, { ...sized, seed: 0 }) }
}

function describe(model: string, size: number, { params, macs, layers }: Summary): string {
  const table = new Table({
    ...plainTable,
    head: ['layer', 'type', 'kernel', 'stride', 'groups', 'output', 'weights', 'multiply-adds'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
  })
  for (const layer of layers) {
    const counts = [layer.params, layer.macs].map((n) => (n === 0 ? '' : integer(n)))
    table.push([layer.name, layer.type, ...windowCells(layer), layer.outputShape.join(' × '), ...counts])
  }
  table.push(
    Array.from({ length: 8 }, () => ''),
    ['total', '', '', '', '', '', integer(params), integer(macs)],
  )
  return `${table}\n\n${model} at ${size} × ${size} pixels: ${short(params)} weights, ${short(macs)} multiply-adds an image`
}

/** Kernel, stride and groups; one number for a stride alike in both directions. */
function windowCells({ window }: LayerSummary): string[] {
  if (!window) return ['', '', '']
  const { kernel, stride, groups } = window
  return [
    kernel.join(' × '),
    stride[0] === stride[1] ? String(stride[0]) : stride.join(' × '),
    groups === 1 ? '' : String(groups),
  ]
}
