import type { Command } from 'commander'
import { filterFigure } from '../src/figures/filters.js'
import { Conv2d } from '../src/nn/conv2d.js'
import { ConfigError, showShape } from '../src/tensor/errors.js'
import { addOut, type FigureFlags, writeGrid } from './figureFiles.js'
import { addWeights, openModel } from './openModel.js'

export function addFigureFilters(figure: Command): void {
  const command = figure
    .command('filters')
    .description('the filters of a convolution')
    .option('--layer <path>', 'the convolution, as `ghostgrad summary` calls it (default: the first)')
  addWeights(addOut(command, 'filters'))
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad figure filters --weights runs/my-run
  $ ghostgrad figure filters --weights runs/my-run --layer layer1.0.conv1 --out inner`,
    )
    .action(async ({ weights, layer, out }: FigureFlags & { weights: string; layer?: string }) => {
      const { model, name } = openModel(command, weights)
      const convolutions = [...model.namedModules()].filter(([, module]) => module instanceof Conv2d)
      const [path, module] = convolutions.find(([own]) => layer === undefined || own === layer) ?? []
      if (!(module instanceof Conv2d)) {
        const paths = convolutions.map(([own]) => own).join(', ')
        throw new ConfigError(`--layer: expected a convolution of ${name}, got "${layer}"; there are ${paths}`)
      }
      const { shape, data } = module.weight
      await writeGrid(out, filterFigure(`${name}: ${path} ${showShape(shape)}`, { shape, data }))
    })
}
