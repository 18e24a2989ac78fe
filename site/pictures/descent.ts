import { draw } from '../page/dom.js'
import { curve } from './curve.js'
import type { DescentValues } from './descent.values.js'
import type { Picture } from './picture.js'

const size = 280

/** The way of SGD on a loss that is known everywhere. */
export const descent: Picture<DescentValues> = {
  caption:
    'A neuron with two weights, on the two moons of lesson 3: its loss is known at every pair of weights (dark is low), so that the way of SGD can be seen. Small batches make it tremble; the cosine schedule lets it settle. With momentum it runs past, and comes back.',
  controls: [
    { kind: 'choice', name: 'lr', label: 'learning rate', options: [0.1, 0.3, 1, 3, 10] },
    { kind: 'choice', name: 'momentum', label: 'momentum', options: [0, 0.5, 0.9] },
    { kind: 'choice', name: 'schedule', label: 'schedule', options: ['constant', 'cosine'] },
    { kind: 'choice', name: 'batch', label: 'points a step', options: [4, 16, 80] },
    { kind: 'range', name: 'step', label: 'step', min: 0, max: 80, step: 1, isView: true, play: true },
  ],
  start: { lr: 1, momentum: 0.5, schedule: 'cosine', batch: 4, step: 80 },
  draw({ side, reach, losses, path }, { step }) {
    const now = Number(step)
    const { loss, lr } = path[now]!
    const svg = draw('svg', {
      viewBox: '0 0 640 300',
      role: 'img',
      'aria-label': `Step ${now}: loss ${loss.toFixed(3)}`,
    })
    const least = Math.min(...losses)
    const most = Math.max(...losses)
    const cell = size / side
    for (const [i, v] of losses.entries()) {
      // Levels, as on a map: equal steps of the logarithm.
      const level = Math.floor((12 * Math.log(v / least)) / Math.log(most / least)) / 12
      const place = { x: (i % side) * cell, y: Math.floor(i / side) * cell, width: cell + 0.5, height: cell + 0.5 }
      svg.append(draw('rect', { ...place, class: 'surface', 'fill-opacity': (0.85 * (1 - level)).toFixed(3) }))
    }
    const at = ([x, y]: [number, number]): string =>
      `${((x / reach / 2 + 0.5) * size).toFixed(1)} ${((0.5 - y / reach / 2) * size).toFixed(1)}`
    const places = path.slice(0, now + 1).map((point) => at(point.at))
    const clip = draw('clipPath', { id: 'surface' }, draw('rect', { width: size, height: size }))
    const way = draw('path', { d: `M${places.join('L')}`, class: 'way', 'clip-path': 'url(#surface)' })
    const [cx, cy] = places.at(-1)!.split(' ') as [string, string]
    svg.append(clip, way, draw('circle', { cx, cy, r: 5, class: 'mark', 'clip-path': 'url(#surface)' }))
    const all = path.map((point) => point.loss)
    svg.append(
      curve([all], {
        x: 330,
        y: 34,
        width: 290,
        height: 110,
        title: `loss of all points: ${loss.toFixed(3)}`,
        at: now,
      }),
    )
    const rates = path.map((point) => point.lr)
    svg.append(
      curve([rates], { x: 330, y: 190, width: 290, height: 70, title: `learning rate: ${lr.toFixed(3)}`, at: now }),
    )
    return svg
  },
}
