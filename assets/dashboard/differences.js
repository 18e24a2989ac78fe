import { ask } from './api.js'
import { el, setText } from './dom.js'

/** A table of the settings in which the runs that are shown differ. */
export class Differences {
  #ids = []
  #body = el('div', { class: 'panel-body scroll' })
  #status = el('p', { class: 'quiet', role: 'status' })

  constructor(element) {
    this.element = element
    element.append(this.#status, this.#body)
    element.addEventListener('toggle', () => element.open && this.#load())
  }

  /** @param ids of the runs that are shown */
  setRuns(ids) {
    const isSame = ids.length === this.#ids.length && ids.every((id, i) => id === this.#ids[i])
    this.#ids = ids
    this.element.hidden = ids.length < 2
    if (!isSame && this.element.open && ids.length >= 2) this.#load()
  }

  async #load() {
    const ids = this.#ids
    try {
      const settings = await ask('differences', { run: ids })
      if (ids !== this.#ids) return
      const rows = Object.entries(settings).map(([key, values]) =>
        el('tr', {}, el('th', { scope: 'row' }, key), ...values.map((value) => el('td', {}, show(value)))),
      )
      const heads = ['', ...ids].map((text) => el('th', { scope: 'col' }, text))
      setText(this.#status, rows.length === 0 ? 'All settings of these runs are the same.' : '')
      const table = el('table', { class: 'facts' }, el('thead', {}, el('tr', {}, ...heads)), el('tbody', {}, ...rows))
      this.#body.replaceChildren(...(rows.length === 0 ? [] : [table]))
    } catch (error) {
      if (ids === this.#ids) setText(this.#status, error.message)
    }
  }
}

const show = (value) => (value === null ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value))
