import { draw, short } from '../page/dom.js'
import type { ConvolutionValues } from './convolution.values.js'
import { grid } from './grid.js'
import type { Picture } from './picture.js'

/** Which outputs a pixel reaches, and the same products on the way back. */
export const convolution: Picture<ConvolutionValues> = {
  caption:
    'Click a pixel of x. The outputs that it reaches are marked, each with the place of the kernel that joins them: these are its triples. Below, the gradient of that pixel is the sum over the same triples, no others.',
  controls: [
    { kind: 'range', name: 'padding', label: 'padding', min: 0, max: 2, step: 1 },
    { kind: 'range', name: 'stride', label: 'stride', min: 1, max: 3, step: 1 },
    { kind: 'range', name: 'dilation', label: 'dilation', min: 1, max: 2, step: 1 },
    { kind: 'range', name: 'row', label: 'row', min: 0, max: 5, step: 1 },
    { kind: 'range', name: 'column', label: 'column', min: 0, max: 5, step: 1 },
  ],
  start: { padding: 1, stride: 1, dilation: 1, row: 2, column: 3 },
  draw({ x, w, y, dy, dx, reached }, { row, column }, set) {
    const cell = 26
    const svg = draw('svg', { viewBox: '0 0 640 480', role: 'img', 'aria-label': 'A convolution and its gradient' })
    const isChosen = (r: number, c: number) => r === Number(row) && c === Number(column)
    const choose = (r: number, c: number) => {
      set('row', r)
      set('column', c)
    }
    const places = reached.flatMap((line, p) =>
      line.flatMap((k, q) => (k >= 0 ? [{ p, q, r: Math.floor(k / 3), s: k % 3 }] : [])),
    )
    const isUsed = (r: number, s: number) => places.some((place) => place.r === r && place.s === s)
    const isReached = (p: number, q: number) => reached[p]![q]! >= 0
    svg.append(
      grid(x, { x: 10, y: 24, cell, title: 'x', look: (r, c) => (isChosen(r, c) ? 'chosen' : ''), onClick: choose }),
      grid(w, { x: 210, y: 60, cell, title: 'w', look: (r, s) => (isUsed(r, s) ? 'forward' : '') }),
      grid(y, { x: 350, y: 24, cell, title: 'y = x ⋆ w', look: (p, q) => (isReached(p, q) ? 'forward' : '') }),
      grid(dx, { x: 10, y: 264, cell, title: 'dx', look: (r, c) => (isChosen(r, c) ? 'chosen' : ''), onClick: choose }),
      grid(w, { x: 210, y: 300, cell, title: 'w', look: (r, s) => (isUsed(r, s) ? 'backward' : '') }),
      grid(dy, { x: 350, y: 264, cell, title: 'dy', look: (p, q) => (isReached(p, q) ? 'backward' : '') }),
    )
    const r = Number(row)
    const c = Number(column)
    const terms = places.map(({ p, q, r, s }) => `${short(dy[p]![q]!)}·${short(w[r]![s]!).replace('-', '−')}`)
    const sum = terms.length === 0 ? 'no triple' : terms.join(' + ')
    svg.append(draw('text', { x: 10, y: 466, class: 'gradient' }, `dx[${r}, ${c}] = ${sum} = ${short(dx[r]![c]!)}`))
    return svg
  },
}
