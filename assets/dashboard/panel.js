import { ask } from './api.js'
import { el, setText } from './dom.js'

/**
 * A part of the page that is computed from a run's newest weights, when it is opened for the first time and when that is asked for:
 * never by itself, since it takes a while.
 */
export class Panel {
  #run = null
  #asked = 0

  /** @param draw gets the answer and the element to fill */
  constructor({ title, question, draw }) {
    this.question = question
    this.drawAnswer = draw
    this.body = el('div', { class: 'panel-body' })
    this.status = el('p', { class: 'quiet', role: 'status' })
    this.again = el(
      'button',
      { type: 'button', hidden: true, click: () => this.load() },
      'Newer weights are there: update',
    )
    this.element = el('details', {}, el('summary', {}, title), this.status, this.again, this.body)
    this.element.addEventListener('toggle', () => {
      if (this.element.open && this.weights === null) this.load()
    })
  }

  /** The weights that are shown. */
  weights = null

  /** Look at a run, or at the same one with new weights. */
  setRun(run) {
    const isOther = run?.id !== this.#run?.id
    this.#run = run
    if (isOther) {
      this.weights = null
      this.#asked++
      this.#setBusy(false)
      this.body.replaceChildren()
      setText(this.status, '')
      if (this.element.open) this.load()
    }
    this.#offerUpdate()
  }

  async load(query = {}) {
    const run = this.#run
    if (!run) return
    const number = ++this.#asked
    this.#setBusy(true)
    setText(this.status, 'Computing, on one thread and at a low priority, for the sake of runs that train …')
    try {
      const answer = await ask(this.question, { run: run.id, ...query })
      if (number !== this.#asked) return
      this.weights = run.weights
      setText(this.status, '')
      this.drawAnswer(answer, this.body, run)
    } catch (error) {
      if (number === this.#asked) setText(this.status, error.message)
    } finally {
      if (number === this.#asked) this.#setBusy(false)
    }
  }

  #setBusy(isBusy) {
    this.element.setAttribute('aria-busy', isBusy)
    this.#offerUpdate()
  }

  #offerUpdate() {
    const isBusy = this.element.getAttribute('aria-busy') === 'true'
    const isNewer = this.#run !== null && this.#run.weights !== null && this.#run.weights !== this.weights
    this.again.hidden = isBusy || !isNewer
  }
}

/** `after epoch 3` */
export const when = ({ epoch }) =>
  epoch === null ? '' : epoch === 0 ? 'within the first epoch' : `after epoch ${epoch}`
