import { draw, short } from '../page/dom.js'
import type { BatchNormValues } from './batchNorm.values.js'
import type { Picture } from './picture.js'

/** The three paths of the gradient, and their sum. */
export const batchNorm: Picture<BatchNormValues> = {
  caption:
    'Each x reaches the loss by three paths: straight, through the mean and through the variance. Each row is one of them, computed by cutting the other two; together they are what the library’s operation says. Push harder, or move the last number away from the others.',
  controls: [
    { kind: 'range', name: 'last', label: 'last x', min: -20, max: 40, step: 1 },
    { kind: 'range', name: 'push', label: 'dy[4]', min: -3, max: 3, step: 0.5 },
  ],
  start: { last: 11, push: 1 },
  draw({ x, xHat, dy, paths, dx }) {
    const rows = [
      ['dy', dy, 'backward'],
      ['straight: dy · r', paths[0], 'backward'],
      ['through the mean', paths[1], 'backward'],
      ['through the variance', paths[2], 'backward'],
      ['dx, all three', dx, 'total'],
    ] as const
    const svg = draw('svg', { viewBox: '0 0 640 420', role: 'img', 'aria-label': 'Three paths of a gradient' })
    const left = (i: number) => 190 + i * 74
    svg.append(draw('text', { x: 10, y: 20, class: 'title' }, 'x'), draw('text', { x: 10, y: 40, class: 'title' }, 'x̂'))
    for (const [i, v] of x.entries()) {
      svg.append(draw('text', { x: left(i) + 20, y: 20, 'text-anchor': 'middle', class: 'value' }, short(v)))
      svg.append(draw('text', { x: left(i) + 20, y: 40, 'text-anchor': 'middle', class: 'value' }, xHat[i]!.toFixed(2)))
    }
    const most = Math.max(...rows.slice(1).flatMap(([, values]) => values.map(Math.abs)), 1e-9)
    for (const [k, [name, values, look]] of rows.entries()) {
      const middle = 88 + k * 72
      svg.append(draw('text', { x: 10, y: middle + 4, class: 'title' }, name))
      svg.append(draw('path', { d: `M180 ${middle}H630`, class: 'axis' }))
      const scale = 28 / (k === 0 ? Math.max(...values.map(Math.abs), 1e-9) : most)
      for (const [i, v] of values.entries()) {
        const height = Math.abs(v) * scale
        svg.append(
          draw('rect', { x: left(i), y: v > 0 ? middle - height : middle, width: 40, height, class: `bar-${look}` }),
        )
        const y = v > 0 ? middle + 13 : middle - 4
        svg.append(draw('text', { x: left(i) + 20, y, 'text-anchor': 'middle', class: 'small' }, v.toFixed(2)))
      }
    }
    return svg
  },
}
