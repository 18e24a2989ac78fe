import type { Editor } from './editor.js'

/** Code of a page that becomes an editor when the reader wants to change it. */
export class EditableCode {
  readonly #element: HTMLElement
  readonly #original: string
  readonly #options: { label: string; onRun: () => void; onChange: (isChanged: boolean, text: string) => void }
  #text: string
  #editor: Editor | null = null

  /**
   * @param element holds the code as it is shown before; a click on it opens the editor
   * @param onRun told that the reader pressed Control and Enter
   */
  constructor(
    element: HTMLElement,
    original: string,
    options: { label: string; onRun: () => void; onChange: (isChanged: boolean, text: string) => void },
  ) {
    this.#element = element
    this.#original = original
    this.#text = original
    this.#options = options
    this.#shown?.addEventListener('click', () => {
      // Who marks text wants to copy it.
      if (getSelection()?.isCollapsed ?? true) void this.edit()
    })
  }

  get text(): string {
    return this.#text
  }

  async edit(): Promise<void> {
    if (this.#editor) return this.#editor.focus()
    const { createEditor } = await import('./editor.js')
    const place = document.createElement('div')
    place.className = 'editor'
    this.#shown?.replaceWith(place)
    this.#editor = createEditor(place, this.#text.trimEnd(), {
      label: this.#options.label,
      onRun: this.#options.onRun,
      onChange: (text) => this.#change(text),
    })
    this.#editor.focus()
  }

  reset(): void {
    this.set(this.#original)
  }

  /** Another text, in the editor. */
  async set(text: string): Promise<void> {
    this.#change(text)
    await this.edit()
    if (this.#editor!.text !== text.trimEnd()) this.#editor!.setText(text.trimEnd())
  }

  get #shown(): Element | null {
    return this.#element.querySelector('div[class*=language-]')
  }

  #change(text: string): void {
    this.#text = text
    this.#options.onChange(text.trimEnd() !== this.#original.trimEnd(), text)
  }
}
