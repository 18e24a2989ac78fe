import { byId, make } from './dom.js'

const shown = 5

/** The likeliest classes as bars. */
export class GuessPanel {
  readonly #list = byId<HTMLOListElement>('guess')
  readonly #rows = Array.from({ length: shown }, () => {
    const [name, bar, percent] = [make('span'), make('div', { className: 'amount' }), make('span')]
    this.#list.append(make('li', {}, name, make('div', { className: 'bar-space' }, bar), percent))
    return { name, bar, percent }
  })

  show(probabilities: readonly number[], classes: readonly string[]): void {
    const best = probabilities.map((p, i) => ({ p, name: classes[i]! })).sort((a, b) => b.p - a.p)
    for (const [i, { name, bar, percent }] of this.#rows.entries()) {
      name.textContent = best[i]!.name
      bar.style.width = `${100 * best[i]!.p}%`
      percent.textContent = `${(100 * best[i]!.p).toFixed(1)} %`
    }
  }
}
