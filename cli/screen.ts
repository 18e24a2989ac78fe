import { stripVTControlCharacters, styleText } from 'node:util'

type Format = 'bold' | 'dim' | 'green' | 'cyan' | 'yellow' | 'red'

/** How often a live line is drawn anew on a terminal, and printed as a plain line elsewhere; milliseconds. */
const redrawEvery = 100
const plainEvery = 10_000

/**
 * Lines for a reader. On a terminal the last line can be live: drawn in place until the next ordinary line. Elsewhere (a file, a
 * pipe) it is printed as a plain line every few seconds, and there are no colours.
 */
export class Screen {
  readonly isTerminal: boolean
  #hasLive = false
  #lastLive = performance.now()
  readonly #stream: NodeJS.WriteStream

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.isTerminal = stream.isTTY === true
    if (!this.isTerminal) return
    this.#lastLive = Number.NEGATIVE_INFINITY
  }

  /** Columns, at least 40. */
  get width(): number {
    return Math.max(40, this.#stream.columns ?? 100)
  }

  line(text = ''): void {
    this.clearLive()
    this.#stream.write(`${text}\n`)
  }

  /** @param make the text: a short one for a terminal, cut to its width */
  live(make: () => string): void {
    const now = performance.now()
    if (now - this.#lastLive < (this.isTerminal ? redrawEvery : plainEvery)) return
    this.#lastLive = now
    const text = make()
    if (!this.isTerminal) this.#stream.write(`${text}\n`)
    else {
      this.#stream.write(`\r${cut(text, this.width - 1)}\x1b[K`)
      this.#hasLive = true
    }
  }

  clearLive(): void {
    if (this.#hasLive) this.#stream.write('\r\x1b[K')
    this.#hasLive = false
  }

  paint(format: Format | Format[], text: string): string {
    return this.isTerminal && !process.env.NO_COLOR ? styleText(format, text) : text
  }
}

/** The first `width` columns of a line; one that must be cut loses its colours. */
function cut(text: string, width: number): string {
  const plain = stripVTControlCharacters(text)
  return plain.length <= width ? text : `${plain.slice(0, width - 1)}…`
}
