import { draw } from '../page/dom.js'
import type { CostValues } from './cost.values.js'
import type { Picture } from './picture.js'

/** Theory and time side by side. */
export const cost: Picture<CostValues> = {
  caption:
    'Sixteen images through one layer, each with its batch norms and relus, on one thread of your processor, just now. Blue: products, as the paper counts them. Orange: milliseconds. In theory both bars of a row are alike.',
  controls: [
    { kind: 'choice', name: 'channels', label: 'channels', options: [16, 32, 64, 128] },
    { kind: 'choice', name: 'kernel', label: 'kernel', options: [1, 3, 5] },
    { kind: 'choice', name: 'size', label: 'side of a map', options: [8, 16, 32] },
    { kind: 'range', name: 'again', label: 'measure again', min: 1, max: 20, step: 1 },
  ],
  start: { channels: 64, kernel: 3, size: 16, again: 1 },
  draw({ rows }) {
    const svg = draw('svg', { viewBox: '0 0 640 190', role: 'img', 'aria-label': 'Products and time of three layers' })
    const most = { macs: Math.max(...rows.map(({ macs }) => macs)), ms: Math.max(...rows.map(({ ms }) => ms)) }
    for (const [i, { name, macs, ms }] of rows.entries()) {
      const y = 20 + i * 60
      const bar = (at: number, share: number, look: string, text: string): void => {
        svg.append(draw('rect', { x: 200, y: at, width: Math.max(1, 250 * share), height: 16, rx: 3, class: look }))
        svg.append(draw('text', { x: 460, y: at + 13, class: 'small' }, text))
      }
      svg.append(draw('text', { x: 10, y: y + 20, class: 'title' }, name))
      const share = (whole: number, part: number): string => `${Math.round((100 * part) / whole)} %`
      bar(y, macs / most.macs, 'bar-fast', `${(macs / 1e6).toFixed(1)} M products: ${share(rows[0]!.macs, macs)}`)
      bar(y + 20, ms / most.ms, 'bar-slow', `${ms.toFixed(2)} ms: ${share(rows[0]!.ms, ms)}`)
    }
    return svg
  },
}
