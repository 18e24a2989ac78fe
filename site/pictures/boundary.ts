import { draw } from '../page/dom.js'
import type { BoundaryValues } from './boundary.values.js'
import { curve } from './curve.js'
import type { Picture } from './picture.js'

const size = 264

/** What a small network makes of each place of the plane, while it learns. */
export const boundary: Picture<BoundaryValues> = {
  caption:
    'Two linear layers with a relu between learn to tell two moons apart: 200 steps, computed just now. The color of a place is what the network takes it for; drag the step to see the boundary move. The boundary bends only where one of the hidden numbers begins to count: with one of them, at a single line.',
  controls: [
    { kind: 'range', name: 'hidden', label: 'hidden numbers', min: 1, max: 16, step: 1 },
    { kind: 'choice', name: 'lr', label: 'learning rate', options: [0.01, 0.03, 0.1, 0.3, 1] },
    { kind: 'range', name: 'step', label: 'tens of steps', min: 0, max: 20, step: 1, isView: true, play: true },
  ],
  start: { hidden: 8, lr: 0.3, step: 20 },
  draw({ points, frames }, { step }) {
    const { probabilities, loss } = frames[Number(step)]!
    const side = Math.sqrt(probabilities.length)
    const label = `The plane after ${Number(step) * 10} steps, loss ${loss.toFixed(3)}`
    const svg = draw('svg', { viewBox: '0 0 640 290', role: 'img', 'aria-label': label })
    const cell = size / side
    for (const [i, p] of probabilities.entries()) {
      const look = { x: (i % side) * cell, y: Math.floor(i / side) * cell, width: cell + 0.5, height: cell + 0.5 }
      const strength = Math.abs(p - 0.5) * 1.2
      svg.append(draw('rect', { ...look, class: p > 0.5 ? 'one' : 'zero', 'fill-opacity': strength.toFixed(3) }))
    }
    for (const { at, label } of points) {
      const cx = (at[0] / 2.5 + 0.5) * size
      const cy = (0.5 - at[1] / 2.5) * size
      svg.append(draw('circle', { cx, cy, r: 3.5, class: label === 1 ? 'point one' : 'point zero' }))
    }
    const losses = frames.map((frame) => frame.loss)
    svg.append(
      curve([losses], { x: 320, y: 30, width: 300, height: 190, title: `loss ${loss.toFixed(3)}`, at: Number(step) }),
    )
    return svg
  },
}
