import type { GhostLayer, Network, View } from '../protocol.js'
import { byId, fillSelect, make } from './dom.js'
import { drawMap } from './pixels.js'

/** The maps of one layer: intrinsic ones and ghosts, in frames of their own. */
export class MapsPanel {
  readonly #select = byId<HTMLSelectElement>('layer')
  readonly #place = byId('maps')
  #canvases: HTMLCanvasElement[] = []
  #shown = ''

  constructor(onChoose: () => void) {
    this.#select.addEventListener('change', onChoose)
  }

  get layer(): string {
    return this.#select.value
  }

  offer({ layers }: Network): void {
    fillSelect(
      this.#select,
      layers.map(({ path, maps, size }) => ({ value: path, text: `${path}: ${maps} maps of ${size} × ${size}` })),
    )
  }

  show({ layer, maps }: View): void {
    const key = JSON.stringify(layer)
    if (key !== this.#shown) this.#layOut(layer)
    this.#shown = key
    for (const [i, canvas] of this.#canvases.entries()) drawMap(canvas, maps[i]!, layer.size)
  }

  #layOut({ s, d, maps, intrinsic }: GhostLayer): void {
    const figures = Array.from({ length: maps }, (_, i) => {
      const parent = parentOf(i, intrinsic, s)
      const canvas = make('canvas', {
        role: 'img',
        ariaLabel: parent === i ? `map ${i}` : `map ${i}, a ghost of ${parent}`,
      })
      const label = parent === i ? String(i) : `${i} of ${parent}`
      const figure = make('figure', {}, canvas, make('figcaption', {}, label))
      return { canvas, figure, parent }
    })
    this.#canvases = figures.map(({ canvas }) => canvas)
    const all = figures.map(({ figure }) => figure)
    moveByArrows(all)
    for (const { figure, parent } of figures) {
      const family = figures.filter((other) => other.parent === parent)
      markTogether(
        figure,
        family.map((other) => other.figure),
      )
    }
    const plain = frame('intrinsic', `${maps} maps, each by a 3 × 3 convolution over all maps before`, all)
    const both = [
      frame(
        'intrinsic',
        `${intrinsic} intrinsic maps, by a 3 × 3 convolution over all maps before`,
        all.slice(0, intrinsic),
      ),
      frame('ghost', `${maps - intrinsic} ghosts, each by one ${d} × ${d} filter over one map`, all.slice(intrinsic)),
    ]
    this.#place.replaceChildren(...(s === 1 ? [plain] : both))
  }
}

/** The intrinsic map that a map was made of: itself, or for a ghost the one whose group its filter is in. */
const parentOf = (map: number, intrinsic: number, s: number): number =>
  map < intrinsic ? map : Math.floor((map - intrinsic) / (s - 1))

/** While a pointer or the focus is on `figure`, the whole family stands out. */
function markTogether(figure: HTMLElement, family: readonly HTMLElement[]): void {
  const mark = (isOn: boolean) => {
    for (const member of family) member.classList.toggle('kin', isOn)
  }
  for (const type of ['pointerenter', 'focus']) figure.addEventListener(type, () => mark(true))
  for (const type of ['pointerleave', 'blur']) figure.addEventListener(type, () => mark(false))
}

/** One stop of the tab key, and arrows from there. */
function moveByArrows(figures: readonly HTMLElement[]): void {
  for (const [i, figure] of figures.entries()) {
    figure.tabIndex = i === 0 ? 0 : -1
    figure.addEventListener('keydown', ({ key }) => {
      const move = { ArrowRight: 1, ArrowLeft: -1 }[key]
      if (move) figures[i + move]?.focus()
    })
  }
}

const frame = (className: string, legend: string, figures: readonly HTMLElement[]): HTMLElement =>
  make('fieldset', { className }, make('legend', {}, legend), ...figures)
