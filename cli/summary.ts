import Table from 'cli-table3'
import type { Command } from 'commander'
import { createModel, listModels } from '../src/models/registry.js'
import { type Summary, summarize } from '../src/nn/summary.js'
import { setBackend } from '../src/tensor/backend.js'
import { ConfigError } from '../src/tensor/errors.js'
import { MetaBackend } from '../src/tensor/meta/metaBackend.js'
import { modelOptions } from '../src/train/build.js'
import { readConfig } from '../src/train/readConfig.js'
import { addSettings, settingsLayer } from './flags.js'
import { integer, short } from './format.js'
import { plainTable } from './table.js'

export function addSummary(program: Command): void {
  const command = program
    .command('summary <model>')
    .description('layers of a network with their output shapes, weights and multiply-adds')
    .option('--input-size <n>', 'height and width of the images, pixels', '32')
    .option('--json', 'one JSON object: {params, macs, layers}')
  addSettings(command, ['s', 'd', 'ghostFirst', 'channels', 'width', 'groups'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad summary ghost-vgg16 --s 2 --d 3
  $ ghostgrad summary ghostnet --input-size 224`,
    )
    .action((model: string, { inputSize, json }: { inputSize: string; json?: boolean }) => {
      const size = parseSize(inputSize)
      setBackend(new MetaBackend()) // shapes are all that is counted
      const summary = summarize(build(model, size, command), [3, size, size])
      console.log(json ? JSON.stringify(summary) : describe(model, size, summary))
    })
}

function parseSize(text: string): number {
  const size = Number(text)
  if (Number.isInteger(size) && size >= 1) return size
  throw new ConfigError(`--input-size: expected a whole number of at least 1, got "${text}"`)
}

/** A model that knows of image sizes is told. */
function build(name: string, size: number, command: Command) {
  const options = modelOptions(readConfig(settingsLayer(command)))
  const takesSize = listModels().some((model) => model.name === name && model.options.includes('inputSize'))
  return createModel(name, { ...options, seed: 0, ...(takesSize ? { inputSize: size } : {}) })
}

function describe(model: string, size: number, { params, macs, layers }: Summary): string {
  const table = new Table({
    ...plainTable,
    head: ['layer', 'type', 'output', 'weights', 'multiply-adds'],
    colAligns: ['left', 'left', 'right', 'right', 'right'],
  })
  for (const layer of layers) {
    const counts = [layer.params, layer.macs].map((n) => (n === 0 ? '' : integer(n)))
    table.push([layer.name, layer.type, layer.outputShape.join(' × '), ...counts])
  }
  table.push(['', '', '', '', ''], ['total', '', '', integer(params), integer(macs)])
  return `${table}\n\n${model} at ${size} × ${size} pixels: ${short(params)} weights, ${short(macs)} multiply-adds an image`
}
