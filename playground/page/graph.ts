import type { Network } from '../protocol.js'
import { byId, fillSelect } from './dom.js'

/** The graph of one step, drawn when asked for. */
export class GraphPanel {
  readonly #select = byId<HTMLSelectElement>('part')
  readonly #button = byId<HTMLButtonElement>('draw')
  readonly #place = byId('graph')

  /** @param onDraw told the path of a module; null for the whole network */
  constructor(onDraw: (module: string | null) => void) {
    this.#button.addEventListener('click', () => {
      this.#button.disabled = true
      this.#button.textContent = 'Drawing …'
      onDraw(this.#select.value || null)
    })
  }

  offer({ blocks }: Network): void {
    const whole = { value: '', text: 'the whole network, by blocks' }
    fillSelect(this.#select, [whole, ...blocks.map((path) => ({ value: path, text: `${path}, every operation` }))])
    this.#wait()
  }

  show(svg: string): void {
    const { documentElement } = new DOMParser().parseFromString(svg, 'image/svg+xml')
    this.#place.replaceChildren(document.importNode(documentElement, true))
    this.#place.hidden = false
    this.#place.tabIndex = 0 // it scrolls
    this.#wait()
  }

  #wait(): void {
    this.#button.disabled = false
    this.#button.textContent = 'Draw'
  }
}
