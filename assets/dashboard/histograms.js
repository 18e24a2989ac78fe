import { el, svg } from './dom.js'
import { integer, short } from './format.js'
import { when } from './panel.js'

const [width, height] = [200, 56]

/** Weights of each layer and their gradients. */
export function histogramGrid(answer) {
  const cards = answer.layers.map(({ name, shape, weights, gradients }) =>
    el(
      'figure',
      { class: 'histograms' },
      el('figcaption', {}, name, el('span', { class: 'quiet' }, ` ${shape.join('×')}`)),
      bars('weights', weights),
      bars('gradients', gradients),
    ),
  )
  const text =
    `Weights ${when(answer)}, and the gradients of the loss that ${integer(answer.images)} training images give them. ` +
    'The line marks zero.'
  return el('div', {}, el('p', { class: 'quiet' }, text), el('div', { class: 'cards' }, ...cards))
}

function bars(what, { min, max, bins, nonFinite }) {
  const top = Math.max(1, ...bins)
  const bar = width / Math.max(1, bins.length)
  const drawn = bins.map((count, i) => {
    const tall = (count / top) * height
    return svg('rect', { x: i * bar, y: height - tall, width: Math.max(0.5, bar - 0.5), height: tall })
  })
  const zero = min < 0 && max > 0 ? [zeroLine((-min / (max - min)) * width)] : []
  const label = `${what}, from ${short(min)} to ${short(max)}${nonFinite > 0 ? `, ${integer(nonFinite)} not finite` : ''}`
  return el(
    'div',
    { class: what },
    svg(
      'svg',
      { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, preserveAspectRatio: 'none' },
      ...drawn,
      ...zero,
    ),
    el('p', { class: nonFinite > 0 ? 'wrong' : 'quiet' }, label),
  )
}

const zeroLine = (x) => svg('line', { x1: x, x2: x, y1: 0, y2: height })
