import { draw, short } from '../page/dom.js'
import type { Picture } from './picture.js'
import type { TapeValues } from './tape.values.js'

const width = 640
const places: Record<string, readonly [number, number]> = {
  x: [60, 50],
  w: [60, 130],
  b: [210, 180],
  '#1': [210, 90],
  '#2': [360, 120],
  '#3': [510, 120],
}
const names: Record<string, string> = { '#1': 'u = x · w', '#2': 'y = u + b', '#3': 'L = y · y' }

/** The tape of (x · w + b)² as it grows, and as it is walked back. */
export const tape: Picture<TapeValues> = {
  caption:
    'The tape of (x · w + b)², as the engine records it. Step to the right: first the operations run, and leave their values; then the tape is read from its end, and gradients go back along the edges. Change a number, and all of it follows.',
  controls: [
    { kind: 'range', name: 'x', label: 'x', min: -5, max: 5, step: 0.5 },
    { kind: 'range', name: 'w', label: 'w', min: -5, max: 5, step: 0.5 },
    { kind: 'range', name: 'b', label: 'b', min: -10, max: 10, step: 0.5 },
    { kind: 'range', name: 'step', label: 'step', min: 0, max: 6, step: 1, isView: true, play: true },
  ],
  start: { x: 2, w: 3, b: -5, step: 6 },
  draw({ leaves, nodes }, { step }) {
    const now = Number(step)
    const svg = draw('svg', {
      viewBox: `0 0 ${width} 220`,
      role: 'img',
      'aria-label': `The tape after step ${now} of 6`,
    })
    const ran = (i: number) => i < now
    const walked = (i: number) => now > nodes.length && i >= 2 * nodes.length - now
    for (const [i, node] of nodes.entries()) {
      if (!ran(i)) continue
      const to = places[`#${i + 1}`]!
      const uses = new Map<string, number[]>()
      for (const { name, gradient } of node.inputs) uses.set(name, [...(uses.get(name) ?? []), gradient])
      for (const [name, gradients] of uses) {
        const from = places[name]!
        const bend = gradients.length > 1 ? 26 : 0
        for (const [k, gradient] of gradients.entries()) {
          const mx = (from[0] + to[0]) / 2
          const my = (from[1] + to[1]) / 2 + (2 * k - 1) * bend
          const path = `M${from[0]} ${from[1]}Q${mx} ${my} ${to[0]} ${to[1]}`
          svg.append(draw('path', { d: path, class: walked(i) ? 'edge back' : 'edge' }))
          if (walked(i)) {
            svg.append(
              draw(
                'text',
                { x: mx, y: my + (k === 1 ? 4 : -4), class: 'gradient', 'text-anchor': 'middle' },
                short(gradient),
              ),
            )
          }
        }
      }
    }
    const box = (name: string, title: string, lines: readonly (readonly [string, string])[]) => {
      const [x, y] = places[name]!
      const height = 20 + 16 * lines.length
      svg.append(draw('rect', { x: x - 52, y: y - height / 2, width: 104, height, rx: 6, class: 'box' }))
      svg.append(draw('text', { x, y: y - height / 2 + 15, 'text-anchor': 'middle', class: 'title' }, title))
      for (const [i, [kind, text]] of lines.entries()) {
        svg.append(draw('text', { x, y: y - height / 2 + 31 + 16 * i, 'text-anchor': 'middle', class: kind }, text))
      }
    }
    /** A gradient is complete when all that used the tensor has been walked back. */
    const isComplete = (name: string) =>
      nodes.every((node, i) => !node.inputs.some((input) => input.name === name) || walked(i)) && now > nodes.length
    for (const { name, value, gradient, byDifferences } of leaves) {
      const back = isComplete(name) ? [['gradient', `d${name} ${short(gradient)}`] as const] : []
      box(name, name, [['value', short(value)], ...back])
      if (back.length > 0) {
        const [x, y] = places[name]!
        svg.append(
          draw(
            'text',
            { x, y: y + 36, 'text-anchor': 'middle', class: 'small' },
            `by differences ${short(byDifferences)}`,
          ),
        )
      }
    }
    for (const [i, { value, gradient }] of nodes.entries()) {
      const name = `#${i + 1}`
      if (!ran(i)) continue
      const isLoss = i === nodes.length - 1
      const back =
        (isLoss && now > nodes.length) || isComplete(name)
          ? [['gradient', `d${'uyL'[i]} ${short(gradient)}`] as const]
          : []
      box(name, names[name]!, [['value', short(value)], ...back])
    }
    return svg
  },
}
