import type { Command } from 'commander'
import { asDocument } from '../src/figures/drawing.js'
import { drawMatrix } from '../src/figures/matrixChart.js'
import { modelTitle } from '../src/train/modelTitle.js'
import { dataKeys } from '../src/train/openData.js'
import { evaluateWeights } from './evaluateWeights.js'
import { addOut, type FigureFlags, writeFiles } from './figureFiles.js'
import { addSettings } from './flags.js'
import { percent } from './format.js'
import { addWeights } from './openModel.js'
import { Screen } from './screen.js'

export function addFigureConfusion(figure: Command): void {
  const command = figure
    .command('confusion')
    .description('how often each class is taken for each other, over the test images')
  addWeights(addOut(command, 'confusion'))
  addSettings(command, [...dataKeys, 'evalBatchSize', 'backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad figure confusion --weights runs/my-run
  $ ghostgrad figure confusion --weights runs/my-run --data photos --out mistakes`,
    )
    .action(async ({ weights, out }: FigureFlags & { weights: string }) => {
      const { loaded, data, format, result, confusion } = await evaluateWeights(
        command,
        weights,
        new Screen(process.stderr),
      )
      const size = format.classes.length
      const counts = format.classes.map((_, i) => [...confusion.subarray(i * size, (i + 1) * size)])
      const title = `${modelTitle(loaded.name)} on ${data}: ${percent(result.accuracy, 2)}`
      const chart = { title, labels: format.classes, rows: 'label', columns: 'predicted', counts }
      await writeFiles(out, asDocument(drawMatrix(chart)))
    })
}
