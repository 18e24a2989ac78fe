import type { ReportLine } from '../experiments/assemble.js'
import { showOurs } from '../experiments/cells.js'
import type { Drawing } from '../figures/drawing.js'
import { drawScatter, type Mark } from '../figures/scatterChart.js'
import type { Section } from './collect.js'

/** Networks of one family have a colour. */
const families = ['VGG-16', 'ResNet-56', 'GhostNet'] as const

/**
 * Accuracy over multiply-adds, as in the paper's Figure 6: the paper's numbers as rings, ours as dots, joined where they are of one
 * network.
 */
export function drawCosts({ label, tables }: Section): Drawing {
  // A row of several tables is called as the last of them does.
  const lines = new Map(tables.flatMap((table) => table.lines.map((line) => [line.row.id, line] as const)))
  const marks = [...lines.values()].map((line) => ({ paper: paperMark(line), ours: ourMark(line) }))
  const shown = marks.flatMap(({ paper, ours }) => [ours, paper]).filter((mark) => mark !== null)
  const used = families.flatMap((family, series) =>
    shown.some((mark) => mark.series === series) ? [{ family, series }] : [],
  )
  return drawScatter({
    title: `Accuracy and cost on CIFAR-10, recipe ${label}`,
    x: 'multiply-adds, M',
    y: 'top-1, %',
    marks: shown,
    links: marks.flatMap(({ paper, ours }) => (paper && ours ? [[paper, ours]] : [])),
    legend: used.flatMap(({ family, series }) => [
      { label: `${family}: paper`, series, hollow: true },
      { label: 'ours', series, hollow: false },
    ]),
  })
}

const seriesOf = ({ row }: ReportLine): number => families.findIndex((family) => row.label.includes(family))

function paperMark(line: ReportLine): Mark | null {
  const { label, flops, top1 } = line
  if (flops.paper === null || top1.paper === null) return null
  const tooltip = `${label}, paper: ${top1.paper} % at ${flops.paper} M`
  return { x: Number(flops.paper), y: Number(top1.paper), label, series: seriesOf(line), hollow: true, tooltip }
}

function ourMark(line: ReportLine): Mark | null {
  const { label, flops, top1, results } = line
  if (flops.ours === null || top1.ours === null) return null
  const tooltip = `${label}, ours: ${showOurs(top1.ours)} % at ${flops.ours.toFixed(1)} M (${results.join(' ')})`
  return { x: flops.ours, y: 100 * top1.ours.mean, label, series: seriesOf(line), tooltip }
}
