import type { Cost, Network, Settings } from '../protocol.js'
import { byId, fillSelect, make } from './dom.js'

const names = ['s', 'd', 'lr', 'batchSize', 'threads'] as const
const choices = {
  s: [1, 2, 3, 4, 5, 8],
  d: [1, 3, 5, 7],
  lr: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2],
  batchSize: [16, 32, 64, 128],
}

const defaults = { s: 2, d: 3, lr: 0.05, batchSize: 32 }

/** The form of the settings. */
export class SettingsPanel {
  readonly #form = byId<HTMLFormElement>('settings')
  readonly #cost = byId('cost').querySelector('tbody')!

  /** @param onBuild another network is wanted @param onTune the same one is to go on, with another rate or batch size */
  constructor(onBuild: () => void, onTune: () => void) {
    for (const name of ['s', 'd', 'lr', 'batchSize'] as const) this.#offer(name, choices[name], defaults[name])
    this.#form.addEventListener('change', ({ target }) => {
      const { name } = target as HTMLSelectElement
      if (name === 'lr' || name === 'batchSize') onTune()
      else onBuild()
    })
  }

  get settings(): Settings {
    return Object.fromEntries(names.map((name) => [name, Number(this.#select(name).value)])) as unknown as Settings
  }

  offerThreads(most: number): void {
    this.#offer(
      'threads',
      Array.from({ length: most }, (_, i) => i + 1),
      most,
    )
  }

  showCost({ cost, plainCost }: Network): void {
    const row = (name: string, { params, macs }: Cost) => [name, thousands(params), `${(macs / 1e6).toFixed(1)} M`]
    const times = (key: keyof Cost) => `÷ ${(plainCost[key] / cost[key]).toFixed(2)}`
    const rows = [
      row('of Ghost modules', cost),
      row('of convolutions', plainCost),
      ['', times('params'), times('macs')],
    ]
    this.#cost.replaceChildren(
      ...rows.map(([name, ...cells]) =>
        make('tr', {}, make('th', { scope: 'row' }, name!), ...cells.map((cell) => make('td', {}, cell))),
      ),
    )
  }

  #offer(name: keyof Settings, values: readonly number[], value: number): void {
    const select = this.#select(name)
    fillSelect(
      select,
      values.map((choice) => ({ value: String(choice), text: String(choice) })),
    )
    select.value = String(value)
  }

  #select = (name: keyof Settings): HTMLSelectElement => this.#form.elements.namedItem(name) as HTMLSelectElement
}

const thousands = (n: number): string => `${(n / 1000).toFixed(1)} k`
