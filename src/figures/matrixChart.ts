import { pixel } from './axes.js'
import { type Drawing, filled, heading, quiet, tooltip } from './drawing.js'
import { element, text } from './svg.js'

export interface MatrixChart {
  title: string
  /** Names of rows and columns. */
  labels: readonly string[]
  /** What rows and columns are. */
  rows: string
  columns: string
  /** By row, then column. */
  counts: readonly (readonly number[])[]
}

/** Pixels. */
const [cellHeight, topOfCells, characterWidth] = [30, 84, 6.6]

const middle = { 'text-anchor': 'middle', 'font-size': 11 } as const
const ending = { ...quiet, 'text-anchor': 'end' } as const

/** From here on cells are small, and a count is shown where a pointer rests on its cell. */
const manyLabels = 20
const smallCell = 13

/** Counts in cells, each shaded by its share of its row; behind a row the share of its cell on the diagonal. */
export function drawMatrix({ title, labels, rows, columns, counts }: MatrixChart): Drawing {
  const isSmall = labels.length > manyLabels
  const longest = characterWidth * Math.max(...labels.map(({ length }) => length))
  const cell = isSmall
    ? { width: smallCell, height: smallCell }
    : { width: Math.max(40, pixel(longest)), height: cellHeight }
  const left = (isSmall ? pixel(longest) : cell.width) + 20
  const top = isSmall ? 70 + Math.ceil(longest) : topOfCells
  const right = left + labels.length * cell.width
  const baseline = cell.height / 2 + 4
  const names = [
    text((left + right) / 2, isSmall ? 48 : top - 30, columns, { ...quiet, ...middle }),
    text(left - 8, isSmall ? top - 8 : top - 30, rows, ending),
    ...labels.map((label, c) => columnName(label, left + (c + 0.5) * cell.width, top - 8, isSmall)),
  ]
  const lines = counts.map((row, r) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    const y = top + r * cell.height
    const cells = row.map((count, c) => {
      const words = `${rows} ${labels[r]}, ${columns} ${labels[c]}: ${count}`
      const at = { x: left + c * cell.width, y, width: cell.width - 1, height: cell.height - 1 }
      return element('g', {}, tooltip(words), ...drawCell(count, total > 0 ? count / total : 0, at, isSmall))
    })
    const own = total > 0 ? `${((100 * row[r]!) / total).toFixed(1)} %` : ''
    const size = isSmall ? { 'font-size': 9 } : {}
    const ends = [
      text(left - 8, y + baseline, labels[r]!, { ...ending, ...size }),
      text(right + 8, y + baseline, own, { ...quiet, ...size }),
    ]
    return element('g', {}, ...ends, ...cells)
  })
  const height = top + labels.length * cell.height + 14
  const width = Math.max(Math.ceil(right + 64), Math.ceil(24 + 8.5 * title.length))
  return { width, height, parts: [heading(title), ...names, ...lines] }
}

/** Above its column; on end where columns are narrow. */
function columnName(label: string, x: number, y: number, isSmall: boolean): string {
  if (!isSmall) return text(x, y, label, { ...quiet, ...middle })
  return text(x + 3, y, label, { ...quiet, 'font-size': 9, transform: `rotate(-90 ${x + 3} ${y})` })
}

interface Place {
  x: number
  y: number
  width: number
  height: number
}

function drawCell(count: number, share: number, place: Place, isSmall: boolean): string[] {
  const shade = element('rect', { ...filled(0), ...place, 'fill-opacity': (0.04 + 0.96 * share).toFixed(2) })
  if (count === 0 || isSmall) return [shade]
  const colours = share > 0.5 ? { class: 'onFill', fill: 'white' } : {}
  return [shade, text(pixel(place.x + place.width / 2), place.y + 19, String(count), { ...middle, ...colours })]
}
