import type { ServerResponse } from 'node:http'

/** Readers at most: each costs a socket. */
const maxReaders = 500

/** A reader that has not taken so many bytes is let go: it will come back and ask anew. */
const maxBehind = 1024 * 1024

/** Comments that show both ends that the connection lives, milliseconds. */
const heartbeat = 15_000

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) to many readers: each event becomes text once,
 * whoever reads it.
 */
export class EventStream {
  readonly #readers = new Set<ServerResponse>()
  #timer: NodeJS.Timeout | null = null

  /** @param onReaders called when the number of readers has become or ceased to be 0 */
  constructor(readonly onReaders: (some: boolean) => void) {}

  get readers(): number {
    return this.#readers.size
  }

  /** Take a response as a reader. @returns false if there are too many */
  add(response: ServerResponse): boolean {
    if (this.#readers.size >= maxReaders) return false
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 2000\n\n')
    this.#readers.add(response)
    response.on('close', () => this.#remove(response))
    if (this.#readers.size === 1) {
      this.#timer = setInterval(() => this.#write(': here\n\n'), heartbeat)
      this.onReaders(true)
    }
    return true
  }

  /** Send an event to all. */
  send(event: string, data: unknown): void {
    if (this.#readers.size > 0) this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** End all connections. */
  close(): void {
    for (const reader of this.#readers) reader.destroy()
  }

  #write(text: string): void {
    const bytes = Buffer.from(text)
    for (const reader of this.#readers) {
      if (reader.writableLength > maxBehind) reader.destroy()
      else reader.write(bytes)
    }
  }

  #remove(reader: ServerResponse): void {
    this.#readers.delete(reader)
    if (this.#readers.size > 0) return
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
    this.onReaders(false)
  }
}
