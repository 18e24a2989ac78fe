import { el } from './dom.js'
import { percent } from './format.js'
import { Panel, when } from './panel.js'

/** Feature maps of a layer for a test image, both chosen by the reader. */
export class FeatureMaps {
  #image = el('input', { type: 'number', min: 0, value: 0, change: () => this.#load() })
  #layer = el('select', { change: () => this.#load() })
  #result = el('div')
  #layersOf = null
  panel = new Panel({
    title: 'Feature maps',
    question: 'layers',
    draw: (answer, body, run) => this.#setLayers(answer, body, run),
  })
  #maps = new Panel({ title: '', question: 'maps', draw: (answer) => this.#draw(answer) })

  setRun(run) {
    this.#maps.setRun(run)
    this.panel.setRun(run)
  }

  /** Show the maps of a test image by its number. */
  choose(image) {
    this.#image.value = String(image)
    this.panel.element.open = true
    this.panel.element.scrollIntoView({ block: 'start' })
    if (this.#layersOf !== null) this.#load()
  }

  #setLayers({ images, layers }, body, run) {
    const chosen = this.#layersOf === run.id ? this.#layer.value : null
    this.#layersOf = run.id
    this.#image.max = images - 1
    this.#layer.replaceChildren(
      ...layers.map(({ path, type, shape }) => el('option', { value: path }, `${path} (${type}, ${shape.join('×')})`)),
    )
    if (layers.some(({ path }) => path === chosen)) this.#layer.value = chosen
    body.replaceChildren(
      el(
        'p',
        { class: 'choices' },
        el('label', {}, 'test image ', this.#image),
        el('label', {}, 'layer ', this.#layer),
      ),
      this.#maps.status,
      this.#result,
    )
    this.#load()
  }

  #load() {
    this.#maps.load({ image: this.#image.value, layer: this.#layer.value })
  }

  #draw(answer) {
    const { image, label, predicted, probability, picture, layer, maps, shown, width, height } = answer
    const verdict = `${label}, taken for ${predicted} (${percent(probability)}), ${when(answer)}`
    const some = shown < maps ? `the first ${shown} of ${maps}` : `${maps}`
    this.#result.replaceChildren(
      el(
        'figure',
        { class: 'maps' },
        el('img', { src: image, alt: `the test image: ${label}`, width: 96, height: 96 }),
        el('img', { class: 'picture', src: picture, alt: `${maps} feature maps of ${layer}` }),
        el(
          'figcaption',
          {},
          `${verdict}. ${some} maps of ${width}×${height}, each from its smallest number (black) to its largest.`,
        ),
      ),
    )
  }
}
