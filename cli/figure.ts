import type { Command } from 'commander'
import { addFigureConfusion } from './figureConfusion.js'
import { addFigureCurves } from './figureCurves.js'
import { addFigureFeatures } from './figureFeatures.js'
import { addFigureFilters } from './figureFilters.js'
import { addFigureGradCam } from './figureGradCam.js'
import { addFigureSamples } from './figureSamples.js'

export function addFigure(program: Command): void {
  const figure = program
    .command('figure')
    .description('pictures as SVG and PNG: curves, confusion, filters, features, gradcam, samples')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad figure curves runs/one runs/two
  $ ghostgrad figure confusion --weights runs/one
  $ ghostgrad figure gradcam cat.jpg --weights runs/one

Each has --help.`,
    )
  const kinds = [
    ...[addFigureCurves, addFigureConfusion, addFigureFilters],
    ...[addFigureFeatures, addFigureGradCam, addFigureSamples],
  ]
  for (const add of kinds) add(figure)
}
