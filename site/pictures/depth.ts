import { draw } from '../page/dom.js'
import type { DepthValues } from './depth.values.js'
import type { Picture } from './picture.js'

/** Powers of ten. */
const least = -12
const most = 6

const left = 60
const top = 34
const width = 560
const height = 84

/** Sizes by layer, on a scale of powers of ten. */
function bars(sizes: readonly number[], y: number, title: string, look: string): SVGGElement {
  const level = (v: number): number => Math.min(Math.max((Math.log10(v) - least) / (most - least), 0), 1)
  const group = draw('g', {}, draw('text', { x: left, y: y - 10, class: 'title' }, title))
  for (const power of [-12, -6, 0, 6]) {
    const at = y + height * (1 - level(10 ** power))
    group.append(draw('path', { d: `M${left} ${at}h${width}`, class: 'axis', 'stroke-opacity': power === 0 ? 1 : 0.3 }))
    group.append(
      draw('text', { x: left - 6, y: at + 4, 'text-anchor': 'end', class: 'small' }, power === 0 ? '1' : `1e${power}`),
    )
  }
  const step = width / sizes.length
  for (const [i, v] of sizes.entries()) {
    const tall = height * level(v)
    const place = { x: left + i * step, y: y + height - tall, width: step * 0.75, height: Math.max(tall, 1) }
    group.append(draw('rect', { ...place, class: look }, draw('title', {}, `layer ${i + 1}: ${v.toExponential(2)}`)))
  }
  return group
}

/** How large numbers are on the way there, and gradients on the way back. */
export const depth: Picture<DepthValues> = {
  caption:
    'A deep network before its first step, from the first layer (left) to the last. Above, the size of the numbers behind each layer; below, the size of the gradient that its weights get, as explain finds it. A factor of 1 is √(2 / n).',
  controls: [
    {
      kind: 'choice',
      name: 'kind',
      label: 'layers',
      options: ['plain', 'batch norm', 'residual', 'residual and batch norm'],
    },
    { kind: 'range', name: 'depth', label: 'depth', min: 2, max: 40, step: 1 },
    { kind: 'range', name: 'factor', label: 'factor of the weights', min: 0.25, max: 2, step: 0.25 },
  ],
  start: { kind: 'plain', depth: 30, factor: 0.5 },
  draw({ layers }) {
    const svg = draw('svg', {
      viewBox: '0 0 640 270',
      role: 'img',
      'aria-label': 'Sizes of numbers and gradients by layer',
    })
    svg.append(
      bars(
        layers.map(({ numbers }) => numbers),
        top,
        'numbers, forward',
        'bar-fast',
      ),
    )
    svg.append(
      bars(
        layers.map(({ gradient }) => gradient),
        top + 128,
        'gradients of the weights, backward',
        'bar-slow',
      ),
    )
    return svg
  },
}
