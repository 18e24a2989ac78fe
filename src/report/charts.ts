import type { TableReport } from '../experiments/assemble.js'
import { nameOf } from '../experiments/cells.js'
import type { Result } from '../experiments/result.js'
import type { Drawing } from '../figures/drawing.js'
import { drawLines, type Line } from '../figures/lineChart.js'
import { drawMatrix } from '../figures/matrixChart.js'
import type { StoredRun } from './collect.js'
import type { Report } from './report.js'
import { percent } from './words.js'

type Epoch = Result['epochs'][number]

/** Test accuracy and training loss over the epochs, a line a run of the table; null where nothing was run. */
export function drawCurves({ table, lines }: TableReport, runs: readonly StoredRun[]): [Drawing, Drawing] | null {
  const drawn = lines
    .filter(({ state }) => state === 'run' || state === 'not run')
    .flatMap(({ label, results }, series) =>
      runs.filter(({ file }) => results.includes(file)).map((run) => ({ label, series, run })),
    )
  if (drawn.length === 0) return null
  const chart = (what: string, y: string, read: (epoch: Epoch) => number, show: (value: number) => string) =>
    drawLines({
      ...{ title: `${nameOf(table.id)}: ${what}`, x: 'epoch', y },
      lines: drawn.map(({ label, series, run: { id, result } }): Line => {
        const points = result.epochs.map((epoch) => [epoch.epoch, read(epoch)] as const)
        const tooltip = `${id}: ${show(read(result.epochs.at(-1)!))} after ${points.length} epochs`
        return { label, series, points, tooltip }
      }),
    })
  return [
    chart(
      'test accuracy',
      'test accuracy, %',
      ({ testAccuracy }) => 100 * testAccuracy,
      (value) => percent(value / 100),
    ),
    chart(
      'training loss',
      'training loss',
      ({ trainLoss }) => trainLoss,
      (value) => value.toFixed(4),
    ),
  ]
}

/** How often each class was taken for each other, of the run that was chosen. */
export const drawConfusion = ({ classes, counts, run }: NonNullable<Report['confusion']>): Drawing =>
  drawMatrix({
    ...{ title: `${run.job.row.label}: ${percent(run.result.accuracy)}`, labels: classes, counts },
    ...{ rows: 'label', columns: 'predicted' },
  })
