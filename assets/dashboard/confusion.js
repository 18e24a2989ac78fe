import { el } from './dom.js'
import { integer, percent } from './format.js'
import { when } from './panel.js'

/** How often each class was taken for each other: a row a label, a column a predicted class. */
export function confusionTable(answer) {
  const { classes, counts, images, ofImages, accuracy } = answer
  const which = images < ofImages ? `the first ${integer(images)} of ${integer(ofImages)}` : integer(images)
  const heads = classes.map((name) => el('th', { scope: 'col' }, el('span', {}, name)))
  const rows = classes.map((name, label) => {
    const total = counts[label].reduce((sum, count) => sum + count, 0)
    const cells = counts[label].map((count, predicted) => cell(count, total, label === predicted))
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, name),
      ...cells,
      el('td', {}, percent(total > 0 ? counts[label][label] / total : null)),
    )
  })
  return el(
    'table',
    { class: 'confusion' },
    el(
      'caption',
      {},
      `${percent(accuracy)} of ${which} test images right, ${when(answer)}. Rows: label; columns: predicted.`,
    ),
    el('thead', {}, el('tr', {}, el('td'), ...heads, el('th', { scope: 'col' }, el('span', {}, 'right')))),
    el('tbody', {}, ...rows),
  )
}

function cell(count, total, isRight) {
  const node = el('td', { class: isRight ? 'count right' : 'count wrong' }, count === 0 ? '' : String(count))
  node.style.setProperty('--share', total > 0 ? count / total : 0)
  return node
}
