import { el, setText } from './dom.js'
import { ago, percent, short } from './format.js'

const columns = ['run', 'model', 'state', 'epochs', 'accuracy', 'best', 'loss', 'last log']

/** The list of runs: which are shown, and which one is looked into. */
export class RunsTable {
  #store
  #onOpen
  #rows = new Map()
  #body = el('tbody')

  /** @param onOpen called with the id of the run that is to be looked into */
  constructor(store, element, onOpen) {
    this.#store = store
    this.#onOpen = onOpen
    const heads = columns.map((name) => el('th', { scope: 'col' }, name))
    this.#empty = el('p', { class: 'quiet' }, 'No runs here yet. ', el('code', {}, 'ghostgrad train'), ' makes one.')
    this.#table = el('table', { class: 'runs' }, el('thead', {}, el('tr', {}, ...heads)), this.#body)
    element.append(this.#empty, this.#table)
  }

  #empty
  #table

  draw(opened) {
    const ids = [...this.#store.runs.keys()]
    this.#empty.hidden = ids.length > 0
    this.#table.hidden = ids.length === 0
    for (const [id, { row }] of this.#rows) {
      if (this.#store.runs.has(id)) continue
      row.remove()
      this.#rows.delete(id)
    }
    for (const id of ids) if (!this.#rows.has(id)) this.#rows.set(id, this.#newRow(id))
    const order = ids.map((id) => this.#rows.get(id).row)
    if (order.some((row, i) => this.#body.children[i] !== row)) this.#body.replaceChildren(...order)
    for (const [id, run] of this.#store.runs) this.#fill(this.#rows.get(id), run, id === opened)
  }

  #newRow(id) {
    const box = el('input', {
      ...{ type: 'checkbox', 'aria-label': `show ${id} in the curves` },
      change: ({ target }) => this.#store.show(id, target.checked),
    })
    const swatch = el('span', { class: 'swatch' })
    const button = el('button', { type: 'button', class: 'link', click: () => this.#onOpen(id) }, id)
    const cells = columns.slice(1).map(() => el('td'))
    const row = el('tr', {}, el('th', { scope: 'row' }, box, swatch, button), ...cells)
    return { row, box, swatch, button, cells }
  }

  #fill({ row, box, swatch, button, cells }, run, isOpened) {
    const isShown = this.#store.shown.has(run.id)
    box.checked = isShown
    swatch.className = isShown ? `swatch series${this.#store.colourOf(run.id)}` : 'swatch'
    button.setAttribute('aria-pressed', isOpened)
    row.classList.toggle('opened', isOpened)
    const texts = [
      ...[run.model, run.state, run.ofEpochs === null ? String(run.epochs) : `${run.epochs}/${run.ofEpochs}`],
      ...[percent(run.accuracy), percent(run.bestAccuracy), short(run.testLoss), ago(run.updated)],
    ]
    for (const [i, cell] of cells.entries()) setText(cell, texts[i])
    cells[1].className = run.state
  }
}
