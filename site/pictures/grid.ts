import { draw, short } from '../page/dom.js'

interface GridOptions {
  x: number
  y: number
  cell?: number
  title: string
  /** Class of a cell. */
  look?: (row: number, column: number) => string
  onClick?: (row: number, column: number) => void
  /** Text of a cell; its number where there is none. */
  text?: (row: number, column: number, value: number) => string
}

/** A matrix as squares with numbers. */
export function grid(values: readonly (readonly number[])[], options: GridOptions): SVGGElement {
  const { x, y, cell = 34, title, look = () => '', onClick, text = (_r, _c, v) => short(v) } = options
  const group = draw('g', {}, draw('text', { x, y: y - 8, class: 'title' }, title))
  for (const [r, row] of values.entries()) {
    for (const [c, value] of row.entries()) {
      const square = draw(
        'g',
        { class: `square ${look(r, c)}` },
        draw('rect', { x: x + c * cell, y: y + r * cell, width: cell - 2, height: cell - 2, rx: 3 }),
        draw(
          'text',
          { x: x + (c + 0.5) * cell - 1, y: y + (r + 0.5) * cell + 4, 'text-anchor': 'middle' },
          text(r, c, value),
        ),
      )
      if (onClick) {
        square.classList.add('clickable')
        square.addEventListener('click', () => onClick(r, c))
      }
      group.append(square)
    }
  }
  return group
}
