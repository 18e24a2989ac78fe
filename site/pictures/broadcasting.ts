import { draw } from '../page/dom.js'
import type { BroadcastingValues } from './broadcasting.values.js'
import { grid } from './grid.js'
import type { Picture } from './picture.js'

/** Forward repeats, backward sums. */
export const broadcasting: Picture<BroadcastingValues> = {
  caption:
    'Forward, b is repeated down the rows; backward, dy is summed down them. Choose a column to see the uses of one number of b, and the gradients that come back from them.',
  controls: [
    { kind: 'range', name: 'b0', label: 'b[0]', min: -50, max: 50, step: 5 },
    { kind: 'range', name: 'b1', label: 'b[1]', min: -50, max: 50, step: 5 },
    { kind: 'range', name: 'b2', label: 'b[2]', min: -50, max: 50, step: 5 },
    { kind: 'range', name: 'dy12', label: 'dy[1, 2]', min: -9, max: 9, step: 1 },
    { kind: 'range', name: 'column', label: 'column', min: 0, max: 2, step: 1, isView: true },
  ],
  start: { b0: 10, b1: 20, b2: 30, dy12: 0, column: 2 },
  draw({ x, b, y, dy, db }, { column }, set) {
    const svg = draw('svg', { viewBox: '0 0 640 220', role: 'img', 'aria-label': 'x + b, and db' })
    const look = (kind: string) => (_: number, c: number) => (c === Number(column) ? kind : '')
    const onClick = (_: number, c: number) => set('column', c)
    svg.append(grid(x, { x: 20, y: 30, title: 'x', onClick }))
    svg.append(grid([b, b], { x: 170, y: 30, title: '+ b, repeated', look: look('forward'), onClick }))
    svg.append(grid(y, { x: 320, y: 30, title: '= y', look: look('forward'), onClick }))
    svg.append(grid(dy, { x: 470, y: 30, title: 'dy comes in', look: look('backward'), onClick }))
    svg.append(grid([b], { x: 170, y: 156, title: 'b', look: look('forward'), onClick }))
    svg.append(grid([db], { x: 470, y: 156, title: 'db = Σ dy', look: look('backward'), onClick }))
    const at = (left: number) => left + (Number(column) + 0.5) * 34
    svg.append(draw('path', { d: `M${at(170)} 152V102`, class: 'edge' }))
    svg.append(draw('path', { d: `M${at(470)} 100V150`, class: 'edge back' }))
    return svg
  },
}
