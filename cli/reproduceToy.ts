import Table from 'cli-table3'
import { type Command, Option } from 'commander'
import { fig1 } from '../src/experiments/toy/fig1.js'
import { fig4 } from '../src/experiments/toy/fig4.js'
import { firstBlock, firstBlockMaps } from '../src/experiments/toy/firstBlock.js'
import { defaultImage, type InputImage, imageFile, sampleImage } from '../src/experiments/toy/image.js'
import { paperTable2 } from '../src/experiments/toy/paper.js'
import { sizes, type ToyRow, toyRows } from '../src/experiments/toy/table2.js'
import { drawGrid, type Figure } from '../src/figures/grid.js'
import { writeFigure } from '../src/figures/write.js'
import type { Module } from '../src/nn/module.js'
import type { LoadedModel } from '../src/train/trained/openTrained.js'
import { addSettings } from './flags.js'
import { openModel } from './openModel.js'
import { plainTable } from './table.js'

interface ImageFlags {
  image?: string
  index: string
}

/** What these commands have in common: weights, an image, and how to compute. */
function addInputs(command: Command, ...examples: string[]): Command {
  command
    .addOption(new Option('--image <file>', 'an image file of any kind').conflicts('index'))
    .option('--index <n>', 'a test image of cifar10-sample, by its number', String(defaultImage))
    .addHelpText('after', ['\nExamples:', ...examples.map((line) => `  $ ghostgrad reproduce ${line}`)].join('\n'))
  return addSettings(command, ['model', 's', 'd', 'ghostFirst', 'channels', 'backend', 'threads'])
}

const openImage = ({ image, index }: ImageFlags, model: Module): Promise<InputImage> =>
  image === undefined ? sampleImage(Number(index), model) : imageFile(image, model)

const weightsHelp = "a run's folder, or a safetensors file"

/** The paper's toy experiment on similar maps: Table 2 and Figure 1; and Figure 4, the maps of a Ghost module. */
export function addToy(reproduce: Command): void {
  addTable2(reproduce)
  addFig1(reproduce)
  addFig4(reproduce)
}

function addTable2(reproduce: Command): void {
  const command = reproduce
    .command('table2')
    .description('how well small depthwise filters make one of two similar maps out of the other')
    .requiredOption('--weights <path>', `of a resnet: ${weightsHelp}`)
    .option(
      '--json',
      'one JSON object: {model, image, sizes, pairs: [{colour, maps, correlation, meanSquare, mse}], paper}',
    )
  const examples = ['table2 --weights runs/resnet56', 'table2 --weights runs/resnet56 --image cat.jpg --json']
  addInputs(command, ...examples).action(async (flags: ImageFlags & { weights: string; json?: boolean }) => {
    const { model, name } = openModel(command, flags.weights)
    const { input, source } = await openImage(flags, model)
    const rows = toyRows(firstBlockMaps(name, model, input))
    if (flags.json) {
      console.log(JSON.stringify({ model: name, image: source, sizes, pairs: rows, paper: paperTable2 }))
    } else console.log(describe(name, source, rows))
  })
}

function describe(name: string, image: string, rows: readonly ToyRow[]): string {
  const table = new Table({
    ...plainTable,
    head: ['pair', 'maps', 'correlation', 'no filter', ...sizes.flatMap((d) => [`d=${d}`, 'paper'])],
    colAligns: ['left', 'left', 'right', ...sizes.flatMap(() => ['right', 'right'] as const), 'right'],
  })
  for (const { colour, maps, correlation, meanSquare, mse } of rows) {
    const thousandths = (error: number) => (1000 * error).toFixed(2)
    const cells = mse.flatMap((error, i) => [thousandths(error), paperTable2[colour][i]!.toFixed(1)])
    table.push([colour, maps.join(' → '), correlation.toFixed(3), thousandths(meanSquare), ...cells])
  }
  return [
    `Mean squared error × 1e-3 of the best depthwise d × d filter from one map to another: ${name}, ${firstBlock}, ${image}`,
    `(least squares; each map divided by its largest absolute value; the paper: ResNet-50 on an image of its own)\n`,
    String(table),
  ].join('\n')
}

function addFig1(reproduce: Command): void {
  const command = reproduce
    .command('fig1')
    .description('the maps of the first residual block, three pairs of similar ones framed')
    .requiredOption('--weights <path>', `of a resnet: ${weightsHelp}`)
    .option('--out <path>', 'where to write <path>.svg and <path>.png', 'fig1')
  const examples = ['fig1 --weights runs/resnet56 --out pictures/fig1']
  addInputs(command, ...examples).action(async (flags: ImageFlags & { weights: string; out: string }) => {
    const { model, name } = openModel(command, flags.weights)
    const { input, pixels, label } = await openImage(flags, model)
    const output = firstBlockMaps(name, model, input)
    await write(flags.out, fig1({ name, image: { label, pixels }, output, pairs: toyRows(output) }))
  })
}

function addFig4(reproduce: Command): void {
  const command = reproduce
    .command('fig4')
    .description('the maps of the second layer of VGG-16 and Ghost-VGG-16')
    .requiredOption('--weights <path...>', `of vgg16, ghost-vgg16 or both: ${weightsHelp}`)
    .option('--out <path>', 'where to write <path>.svg and <path>.png', 'fig4')
  const examples = ['fig4 --weights runs/vgg16 runs/ghost-vgg16']
  addInputs(command, ...examples).action(async (flags: ImageFlags & { weights: string[]; out: string }) => {
    const networks = flags.weights.map((path) => withOptions(openModel(command, path)))
    await write(flags.out, fig4({ networks, image: await openImage(flags, networks[0]!.model) }))
  })
}

/** Its name with the options that it was made with: `ghost-vgg16 s=4`. */
function withOptions({ model, name, options }: LoadedModel): { model: Module; name: string } {
  const given = Object.entries(options).filter(([, value]) => !Array.isArray(value))
  return { model, name: [name, ...given.map(([option, value]) => `${option}=${value}`)].join(' ') }
}

async function write(path: string, figure: Figure): Promise<void> {
  for (const file of await writeFigure(path, drawGrid(figure))) console.log(file)
}
