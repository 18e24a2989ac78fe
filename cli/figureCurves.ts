import { basename } from 'node:path'
import type { Command } from 'commander'
import { asDocument, beside } from '../src/figures/drawing.js'
import { drawLines, type Line } from '../src/figures/lineChart.js'
import type { EpochRecord } from '../src/train/logs.js'
import { readMetrics } from '../src/train/readMetrics.js'
import { addOut, type FigureFlags, writeFiles } from './figureFiles.js'

type Run = { name: string; epochs: EpochRecord[] }
type Column = 'trainLoss' | 'trainAccuracy' | 'valLoss' | 'valAccuracy' | 'testLoss' | 'testAccuracy'

export function addFigureCurves(figure: Command): void {
  const command = figure
    .command('curves <run...>')
    .description('accuracy and loss over the epochs of one run or several')
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad figure curves runs/one
  $ ghostgrad figure curves runs/one runs/two --out compared`,
    )
  addOut(command, 'curves').action(async (folders: string[], { out }: FigureFlags) => {
    const runs: Run[] = []
    for (const folder of folders) runs.push({ name: basename(folder), epochs: await readMetrics(folder) })
    await writeFiles(out, asDocument(beside(runs.length === 1 ? chartsOf(runs[0]!) : comparison(runs))))
  })
}

/** Training, and validation or test, beside each other. */
function chartsOf({ name, epochs }: Run) {
  const parts = (train: Column, val: Column, test: Column, scale = 1) =>
    [
      line('train', 1, epochs, train, scale),
      line('validation', 0, epochs, val, scale),
      line('test', 0, epochs, test, scale),
    ].filter(hasPoints)
  return [
    drawLines({
      ...{ title: `${name}: accuracy`, x: 'epoch', y: 'accuracy, %' },
      lines: parts('trainAccuracy', 'valAccuracy', 'testAccuracy', 100),
    }),
    drawLines({
      ...{ title: `${name}: loss`, x: 'epoch', y: 'loss' },
      lines: parts('trainLoss', 'valLoss', 'testLoss'),
    }),
  ]
}

/** Accuracy in evaluation and training loss, a line a run. */
function comparison(runs: readonly Run[]) {
  const lines = (column: Column, scale = 1, other: Column = column) =>
    runs.flatMap(({ name, epochs }, series) => {
      const found = [column, other].map((key) => line(name, series, epochs, key, scale)).find(hasPoints)
      return found ? [found] : []
    })
  const isValidated = runs.map(({ epochs }) => epochs.some(({ valAccuracy }) => typeof valAccuracy === 'number'))
  const part = isValidated.every(Boolean) ? 'Validation' : isValidated.some(Boolean) ? 'Validation or test' : 'Test'
  return [
    drawLines({
      ...{ title: `${part} accuracy`, x: 'epoch', y: `${part.toLowerCase()} accuracy, %` },
      lines: lines('valAccuracy', 100, 'testAccuracy'),
    }),
    drawLines({ title: 'Training loss', x: 'epoch', y: 'training loss', lines: lines('trainLoss') }),
  ]
}

function line(label: string, series: number, epochs: readonly EpochRecord[], column: Column, scale: number): Line {
  const points = epochs.flatMap((record) => {
    const value = record[column]
    return typeof value !== 'number' ? [] : [[record.epoch, scale * value] as const]
  })
  const last = points.at(-1)?.[1]
  return {
    label,
    series,
    points,
    tooltip: last === undefined ? label : `${label}: ${Number(last.toPrecision(4))} at the end`,
  }
}

const hasPoints = ({ points }: Line): boolean => points.length > 0
