import { draw } from '../page/dom.js'
import type { Picture } from './picture.js'
import type { SpeedValues } from './speed.values.js'

/** Times, as bars. */
export const speed: Picture<SpeedValues> = {
  caption:
    'Measured in this page just now, on your processor and one thread; each bar is the shortest of some runs. Winograd’s kernel counts the products of the plain convolution: where it does more of them a second than the direct kernel, it is since it does fewer.',
  controls: [
    { kind: 'choice', name: 'channels', label: 'channels', options: [16, 32, 64] },
    { kind: 'range', name: 'again', label: 'measure again', min: 1, max: 20, step: 1 },
  ],
  start: { channels: 32, again: 1 },
  draw({ groups }) {
    const rows = groups.reduce((sum, { bars }) => sum + bars.length, 0)
    const height = groups.length * 44 + rows * 26
    const svg = draw('svg', {
      viewBox: `0 0 640 ${height}`,
      role: 'img',
      'aria-label': 'Times of the same work done in several ways',
    })
    let y = 24
    for (const { title, bars } of groups) {
      svg.append(draw('text', { x: 10, y, class: 'title' }, title))
      const most = Math.max(...bars.map(({ ms }) => ms))
      for (const [i, { name, ms, note }] of bars.entries()) {
        y += 26
        svg.append(draw('text', { x: 10, y: y + 4, class: 'value' }, name))
        svg.append(
          draw('rect', {
            x: 180,
            y: y - 10,
            width: Math.max(1, (190 * ms) / most),
            height: 18,
            rx: 3,
            class: i === 0 ? 'bar-slow' : 'bar-fast',
          }),
        )
        svg.append(
          draw('text', { x: 380, y: y + 4, class: 'small' }, `${ms.toFixed(2)} ms${note === '' ? '' : `, ${note}`}`),
        )
      }
      y += 44
    }
    return svg
  },
}
