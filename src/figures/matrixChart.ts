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
const [cellHeight, top, characterWidth] = [30, 84, 6.6]

const middle = { 'text-anchor': 'middle', 'font-size': 11 } as const
const ending = { ...quiet, 'text-anchor': 'end' } as const

/** Counts in cells, each shaded by its share of its row; behind a row the share of its cell on the diagonal. */
export function drawMatrix({ title, labels, rows, columns, counts }: MatrixChart): Drawing {
  const cellWidth = Math.max(40, pixel(characterWidth * Math.max(...labels.map(({ length }) => length))))
  const left = cellWidth + 20
  const right = left + labels.length * cellWidth
  const names = [
    text((left + right) / 2, top - 30, columns, { ...quiet, ...middle }),
    text(left - 8, top - 30, rows, ending),
    ...labels.map((label, c) => text(left + (c + 0.5) * cellWidth, top - 8, label, { ...quiet, ...middle })),
  ]
  const lines = counts.map((row, r) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    const y = top + r * cellHeight
    const cells = row.map((count, c) => {
      const words = `${rows} ${labels[r]}, ${columns} ${labels[c]}: ${count}`
      const at = { x: left + c * cellWidth, y, width: cellWidth - 1, height: cellHeight - 1 }
      return element('g', {}, tooltip(words), ...drawCell(count, total > 0 ? count / total : 0, at))
    })
    const own = total > 0 ? `${((100 * row[r]!) / total).toFixed(1)} %` : ''
    const ends = [text(left - 8, y + 19, labels[r]!, ending), text(right + 8, y + 19, own, quiet)]
    return element('g', {}, ...ends, ...cells)
  })
  const height = top + labels.length * cellHeight + 14
  return { width: Math.ceil(right + 64), height, parts: [heading(title), ...names, ...lines] }
}

interface Place {
  x: number
  y: number
  width: number
  height: number
}

function drawCell(count: number, share: number, place: Place): string[] {
  const shade = element('rect', { ...filled(0), ...place, 'fill-opacity': (0.04 + 0.96 * share).toFixed(2) })
  if (count === 0) return [shade]
  const colours = share > 0.5 ? { class: 'onFill', fill: 'white' } : {}
  return [shade, text(pixel(place.x + place.width / 2), place.y + 19, String(count), { ...middle, ...colours })]
}
