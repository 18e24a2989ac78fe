import { type Area, type Axis, drawAxes, roundAxis } from './axes.js'
import { type Drawing, filled, heading, stroked, tooltip } from './drawing.js'
import { element, text } from './svg.js'

export interface Line {
  /** At its end; lines of one label have one between them. */
  label: string
  /** Number of its colour. */
  series: number
  points: readonly (readonly [x: number, y: number])[]
  /** What a pointer on it shows. */
  tooltip: string
}

export interface LineChart {
  title: string
  x: string
  y: string
  /** Default: round numbers from 0. */
  xAxis?: Axis
  lines: readonly Line[]
}

/** Pixels. */
const [width, height, characterWidth, labelHeight] = [430, 290, 6.4, 14]

/** Lines over a common axis, each named at its end. */
export function drawLines({ title, x: xLabel, y: yLabel, xAxis: ownAxis, lines }: LineChart): Drawing {
  const longest = Math.max(...lines.map(({ label }) => label.length))
  const area: Area = { left: 46, top: 54, right: width - 16 - characterWidth * longest, bottom: height - 44 }
  const points = lines.flatMap((line) => line.points)
  const xAxis = ownAxis ?? roundAxis(xLabel, [0, ...points.map(([x]) => x)], 5)
  const yAxis = roundAxis(
    yLabel,
    points.map(([, y]) => y),
    5,
  )
  const { x, y, parts } = drawAxes(area, xAxis, yAxis)
  const curves = lines.map((line) => {
    const path = line.points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ')
    const shape = element('polyline', {
      ...stroked(line.series),
      points: path,
      'stroke-width': 1.5,
      'stroke-linejoin': 'round',
    })
    const [endX, endY] = line.points.at(-1)!
    const end = element('circle', { ...filled(line.series), cx: x(endX), cy: y(endY), r: 2.6 })
    return element('g', {}, tooltip(line.tooltip), shape, end)
  })
  const labels = endLabels(lines, y, area).map(({ label, series, at }) =>
    text(area.right + 8, at + 4, label, { ...filled(series), 'font-size': 11 }),
  )
  return { width, height, parts: [heading(title), ...parts, ...curves, ...labels] }
}

interface EndLabel {
  label: string
  series: number
  /** Middle of its line of text, pixels. */
  at: number
}

/** One a label, at the mean height of its lines' ends, moved apart where they would overlap. */
function endLabels(lines: readonly Line[], y: (value: number) => number, { top, bottom }: Area): EndLabel[] {
  const labels = [...new Set(lines.map(({ label }) => label))].map((label): EndLabel => {
    const own = lines.filter((line) => line.label === label)
    const end = own.reduce((sum, line) => sum + y(line.points.at(-1)![1]), 0) / own.length
    return { label, series: own[0]!.series, at: end }
  })
  labels.sort((a, b) => a.at - b.at)
  labels.reduceRight((lowest, label) => {
    label.at = Math.min(label.at, lowest)
    return label.at - labelHeight
  }, bottom)
  labels.reduce((highest, label) => {
    label.at = Math.max(label.at, highest)
    return label.at + labelHeight
  }, top)
  return labels
}
