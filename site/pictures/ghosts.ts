import { make, short } from '../page/dom.js'
import type { GhostValues } from './ghosts.values.js'
import type { Picture } from './picture.js'

/** Intrinsic maps, their ghosts, and the filters between them, while they learn. */
export const ghosts: Picture<GhostValues> = {
  caption:
    'A Ghost module inside a small network that has just learned on 500 photos, in this page. Above, its intrinsic maps of the photo; below each, the 3 × 3 filter (orange adds, blue takes away) and the ghost that it makes. Drag the step to see them while they learned.',
  controls: [
    { kind: 'range', name: 'image', label: 'photo', min: 0, max: 40, step: 1 },
    { kind: 'range', name: 'step', label: 'tens of steps', min: 0, max: 11, step: 1, isView: true, play: true },
  ],
  start: { image: 2, step: 11 },
  draw({ size, image, label, frames }, { step }) {
    const { maps, filters, loss } = frames[Number(step)]!
    const photo = canvas(32, `the photo: ${label}`, (i) => [0, 1, 2].map((c) => image[c * 1024 + i]!))
    const map = (i: number, name: string) => canvas(size, name, (k) => new Array(3).fill(255 * maps[i]![k]!))
    const most = Math.max(...filters.flat().map(Math.abs), 1e-9)
    const columns = filters.map((filter, i) =>
      make(
        'div',
        { class: 'family' },
        map(i, `intrinsic map ${i}`),
        canvas(3, `its filter: ${filter.map(short).join(', ')}`, (k) => signed(filter[k]! / most)),
        map(filters.length + i, `the ghost of map ${i}`),
      ),
    )
    const said = make('p', {}, `${label}; after ${Number(step) * 10} steps, loss ${loss.toFixed(2)}`)
    return make('div', { class: 'ghosts' }, make('div', { class: 'photo' }, photo, said), ...columns)
  },
}

/** Orange above 0, blue below. */
const signed = (v: number): number[] =>
  v > 0 ? [240, 240 - 110 * v, 240 - 200 * v] : [240 + 190 * v, 240 + 110 * v, 240]

/** A square picture, a pixel for each number; styles make it larger. */
function canvas(side: number, label: string, color: (i: number) => readonly number[]): HTMLCanvasElement {
  const element = make('canvas', { width: side, height: side, role: 'img', 'aria-label': label, title: label })
  const pixels = new ImageData(side, side)
  for (let i = 0; i < side * side; i++) pixels.data.set([...color(i), 255], 4 * i)
  element.getContext('2d')!.putImageData(pixels, 0, 0)
  return element
}
