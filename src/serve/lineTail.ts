import { type FileHandle, open } from 'node:fs/promises'

const newline = 10

/** Bytes read at a time: other requests have their turn in between. */
const chunkSize = 512 * 1024

/** Bytes that are remembered of what was read last. */
const markSize = 256

/**
 * The lines of a file that another process writes, each once, as they come. A last line without its end is left for later. If the
 * file was cut back or replaced, as a run that is resumed does with its logs, it is read anew.
 */
export class LineTail {
  /** Bytes read, and the last ones of them: they are no longer there if the file was cut back and has grown again. */
  #offset = 0
  #mark = Buffer.alloc(0)
  #partial = Buffer.alloc(0)
  #seen = ''
  #reading: Promise<void> | null = null

  /**
   * @param onLine called with each line, without its end
   * @param onRestart called before the first line if the file is read anew
   */
  constructor(
    readonly path: string,
    readonly onLine: (line: string) => void,
    readonly onRestart: () => void,
  ) {}

  /** Read all that has come since the last time. */
  read(): Promise<void> {
    this.#reading ??= this.#read()
      .catch(() => {}) // unreadable now, maybe not the next time
      .finally(() => {
        this.#reading = null
      })
    return this.#reading
  }

  async #read(): Promise<void> {
    const file = await open(this.path).catch(() => null)
    if (!file) return this.#offset > 0 ? this.#restart() : undefined
    try {
      const { size, mtimeMs } = await file.stat()
      if (this.#seen === `${size} ${mtimeMs}`) return
      if (size < this.#offset || !(await this.#isSameFile(file))) this.#restart()
      await this.#readTo(file, size)
      this.#seen = `${size} ${mtimeMs}`
    } finally {
      await file.close()
    }
  }

  async #isSameFile(file: FileHandle): Promise<boolean> {
    const mark = Buffer.alloc(this.#mark.length)
    await file.read(mark, 0, mark.length, this.#offset - mark.length)
    return mark.equals(this.#mark)
  }

  async #readTo(file: FileHandle, size: number): Promise<void> {
    while (this.#offset < size) {
      const chunk = Buffer.alloc(Math.min(chunkSize, size - this.#offset))
      const { bytesRead } = await file.read(chunk, 0, chunk.length, this.#offset)
      if (bytesRead === 0) return // it has just been cut back: the next time will see it
      this.#take(chunk.subarray(0, bytesRead))
    }
  }

  #take(chunk: Buffer): void {
    this.#offset += chunk.length
    this.#mark = Buffer.concat([this.#mark, chunk.subarray(-markSize)]).subarray(-markSize)
    const bytes = this.#partial.length > 0 ? Buffer.concat([this.#partial, chunk]) : chunk
    const end = bytes.lastIndexOf(newline) + 1
    this.#partial = Buffer.from(bytes.subarray(end))
    if (end === 0) return
    for (const line of bytes.toString('utf8', 0, end - 1).split('\n')) this.onLine(line)
  }

  #restart(): void {
    this.#offset = 0
    this.#mark = Buffer.alloc(0)
    this.#partial = Buffer.alloc(0)
    this.#seen = ''
    this.onRestart()
  }
}
