import type { Sample } from '../protocol.js'
import { byId, make } from './dom.js'
import { drawImage, readImage } from './pixels.js'

/** The choice of the image to look at: one of each class, and those that were dropped. */
export class ImagesPanel {
  readonly #strip = byId('images')
  #chosen: Uint8Array | null = null

  constructor(
    readonly onChoose: (image: Uint8Array) => void,
    readonly onError: (message: string) => void,
  ) {
    const drop = byId<HTMLLabelElement>('drop')
    const input = drop.querySelector('input')!
    input.addEventListener('change', () => void this.#take(input.files?.[0]))
    for (const type of ['dragenter', 'dragover']) {
      document.addEventListener(type, (event) => {
        event.preventDefault()
        drop.classList.add('over')
      })
    }
    document.addEventListener('dragleave', ({ relatedTarget }) => {
      if (!relatedTarget) drop.classList.remove('over')
    })
    document.addEventListener('drop', (event) => {
      event.preventDefault()
      drop.classList.remove('over')
      void this.#take(event.dataTransfer?.files[0])
    })
  }

  get chosen(): Uint8Array | null {
    return this.#chosen
  }

  showSamples(samples: readonly Sample[], classes: readonly string[]): void {
    for (const { image, label } of samples) this.#add(image, classes[label]!)
    this.#strip.querySelector('input')!.click()
  }

  async #take(file: File | undefined): Promise<void> {
    if (!file) return
    try {
      this.#add(await readImage(file), file.name).click()
    } catch {
      this.onError(`${file.name}: not an image that this browser can read`)
    }
  }

  /** @returns its button */
  #add(image: Uint8Array, name: string): HTMLInputElement {
    const canvas = make('canvas')
    drawImage(canvas, image)
    const input = make('input', { type: 'radio', name: 'image', ariaLabel: name })
    input.addEventListener('change', () => {
      this.#chosen = image
      this.onChoose(image)
    })
    this.#strip.append(make('label', { title: name }, input, canvas))
    return input
  }
}
