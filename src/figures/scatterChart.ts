import { type Area, drawAxes, roundAxis } from './axes.js'
import { type Drawing, filled, heading, quiet, stroked, tooltip } from './drawing.js'
import { type Box, placeLabels } from './placeLabels.js'
import { element, text } from './svg.js'

export interface Mark {
  x: number
  y: number
  /** Beside it, where there is room. */
  label?: string
  /** Number of its colour. */
  series: number
  /** A ring in place of a dot. */
  hollow?: boolean
  /** What a pointer on it shows. */
  tooltip: string
}

export interface ScatterChart {
  title: string
  x: string
  y: string
  marks: readonly Mark[]
  /** Lines between marks that belong together. */
  links: readonly (readonly [Mark, Mark])[]
  legend: readonly Required<Pick<Mark, 'series' | 'hollow' | 'label'>>[]
}

/** Pixels. */
const [width, height, radius] = [760, 470, 4.5]
const area: Area = { left: 46, top: 74, right: width - 24, bottom: height - 44 }

/** Marks over two axes. */
export function drawScatter({ title, x: xLabel, y: yLabel, marks, links, legend }: ScatterChart): Drawing {
  const xAxis = roundAxis(xLabel, [0, ...marks.map(({ x }) => x)], 7)
  const yAxis = roundAxis(
    yLabel,
    marks.map(({ y }) => y),
    7,
  )
  const { x, y, parts } = drawAxes(area, xAxis, yAxis)
  const lines = links.map(([from, to]) =>
    element('line', {
      ...{ ...stroked(to.series), x1: x(from.x), y1: y(from.y), x2: x(to.x), y2: y(to.y) },
      ...{ 'stroke-width': 1, 'stroke-dasharray': '2 3' },
    }),
  )
  const shapes = marks.map((mark) => element('g', {}, tooltip(mark.tooltip), drawMark(mark, x(mark.x), y(mark.y))))
  const taken = marks.map((mark): Box => around(x(mark.x), y(mark.y)))
  const named = marks.flatMap(({ label, ...mark }) =>
    label ? [{ label, x: x(mark.x), y: y(mark.y), series: mark.series }] : [],
  )
  const labels = placeLabels(named, taken, area).map(({ label, left, baseline, series }) =>
    text(left, baseline, label, { ...filled(series), 'font-size': 11 }),
  )
  return { width, height, parts: [heading(title), ...drawLegend(legend), ...parts, ...lines, ...shapes, ...labels] }
}

const drawMark = ({ series, hollow }: Pick<Mark, 'series' | 'hollow'>, cx: number, cy: number): string => {
  const colours = hollow ? { ...stroked(series), 'stroke-width': 1.6 } : filled(series)
  return element('circle', { ...colours, cx, cy, r: radius, 'pointer-events': 'all' })
}

const around = (x: number, y: number): Box => ({
  left: x - radius,
  right: x + radius,
  top: y - radius,
  bottom: y + radius,
})

function drawLegend(legend: ScatterChart['legend']): string[] {
  let left = 16
  return legend.map((entry) => {
    const drawn = element('g', {}, drawMark(entry, left, 38), text(left + 10, 42, entry.label, quiet))
    left += 34 + 6.4 * entry.label.length
    return drawn
  })
}
