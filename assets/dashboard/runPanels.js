import { ask } from './api.js'
import { confusionTable } from './confusion.js'
import { el } from './dom.js'
import { FeatureMaps } from './featureMaps.js'
import { histogramGrid } from './histograms.js'
import { misclassifiedList } from './misclassified.js'
import { Panel } from './panel.js'

/** All that is shown of one run: its configuration, and what its newest weights do. */
export class RunPanels {
  #title
  #id = null
  #config = el('details', {}, el('summary', {}, 'Configuration and machine'))
  #facts = el('div', { class: 'panel-body scroll' })
  #featureMaps = new FeatureMaps()
  #panels = [
    new Panel({
      title: 'Confusion matrix and misclassified images',
      question: 'evaluation',
      draw: (answer, body) =>
        body.replaceChildren(
          el('div', { class: 'scroll' }, confusionTable(answer)),
          misclassifiedList(answer, (index) => this.#featureMaps.choose(index)),
        ),
    }),
    this.#featureMaps.panel,
    new Panel({
      title: 'Histograms of weights and gradients',
      question: 'histograms',
      draw: (answer, body) => body.replaceChildren(histogramGrid(answer)),
    }),
  ]

  constructor(title, element) {
    this.#title = title
    this.#config.append(this.#facts)
    this.#config.addEventListener('toggle', () => this.#config.open && this.#loadConfig())
    element.append(this.#config, ...this.#panels.map((panel) => panel.element))
  }

  /** @param run a line of the list; null for none */
  setRun(run) {
    const isOther = run?.id !== this.#id
    this.#id = run?.id ?? null
    if (isOther) {
      this.#title.textContent = run === null ? 'One run' : run.id
      this.#facts.replaceChildren()
      if (this.#config.open) this.#loadConfig()
    }
    this.#featureMaps.setRun(run)
    for (const panel of this.#panels) if (panel !== this.#featureMaps.panel) panel.setRun(run)
  }

  async #loadConfig() {
    const id = this.#id
    if (id === null) return
    const { config, sessions, ...origin } = await ask('run', { run: id }).catch(() => ({ config: {} }))
    if (id !== this.#id) return
    const facts = { ...origin, ...(sessions > 1 ? { sessions } : {}), ...config }
    const rows = Object.entries(facts)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => el('tr', {}, el('th', { scope: 'row' }, key), el('td', {}, show(value))))
    this.#facts.replaceChildren(el('table', { class: 'facts' }, el('tbody', {}, ...rows)))
  }
}

const show = (value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))
