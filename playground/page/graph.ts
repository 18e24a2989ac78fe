import { mountDebugger } from '../../assets/explain/debugger.js'
import type { Explanation } from '../../src/explain/explanation.js'
import type { View } from '../../src/explain/formats/views.js'
import type { Network } from '../protocol.js'
import { byId, fillSelect, make } from './dom.js'

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

  /** Of another network the graph that is shown is another one too. */
  offer({ blocks }: Network): void {
    const whole = { value: '', text: 'the whole network, by blocks' }
    fillSelect(this.#select, [whole, ...blocks.map((path) => ({ value: path, text: `${path}, every operation` }))])
    this.#wait()
    if (!this.#place.hidden) this.#button.click()
  }

  /** A graph whose boxes open, and which is stepped through. */
  show(explanation: Explanation, views: readonly View[]): void {
    this.#place.hidden = false
    const inside = make('div', {})
    inside.tabIndex = 0
    this.#place.replaceChildren(inside)
    mountDebugger(inside, { explanation, views })
    this.#wait()
  }

  #wait(): void {
    this.#button.disabled = false
    this.#button.textContent = 'Draw'
  }
}
