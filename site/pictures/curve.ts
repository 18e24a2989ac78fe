import { draw, short } from '../page/dom.js'

interface CurveOptions {
  x: number
  y: number
  width: number
  height: number
  title: string
  /** Marks this index. */
  at?: number
  names?: readonly string[]
}

/** Lines over their index, from 0 to the largest number. */
export function curve(lines: readonly (readonly number[])[], options: CurveOptions): SVGGElement {
  const { x, y, width, height, title, at, names = [] } = options
  const most = Math.max(...lines.flat().filter(Number.isFinite), 1e-12)
  const place = (i: number, v: number, count: number): string =>
    `${(x + (i / Math.max(1, count - 1)) * width).toFixed(1)} ${(y + height - (Math.min(v, most) / most) * height).toFixed(1)}`
  const group = draw(
    'g',
    {},
    draw('text', { x, y: y - 10, class: 'title' }, title),
    draw('path', { d: `M${x} ${y}V${y + height}H${x + width}`, class: 'axis' }),
    draw('text', { x: x + 4, y: y + 12, class: 'small' }, short(most)),
  )
  for (const [k, line] of lines.entries()) {
    const points = line.map((v, i) => place(i, v, line.length))
    group.append(draw('path', { d: `M${points.join('L')}`, class: `line line-${k}` }))
    if (names[k])
      group.append(
        draw('text', { x: x + width - 4, y: y + 14 + 16 * k, 'text-anchor': 'end', class: `line-${k}` }, names[k]),
      )
    if (at !== undefined && line[at] !== undefined) {
      const [cx, cy] = points[at]!.split(' ') as [string, string]
      group.append(draw('circle', { cx, cy, r: 4, class: 'mark' }))
    }
  }
  return group
}
