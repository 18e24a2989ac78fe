/**
 * Writing pickles of protocol 2 (https://docs.python.org/3/library/pickletools.html), as Python's own pickler does: whatever may be
 * needed again is put into the memo and then taken from there.
 */
export class PickleWriter {
  readonly #parts: Uint8Array[] = [Uint8Array.of(0x80, 2)]
  /** Where text and globals are in the memo. */
  readonly #memo = new Map<string, number>()
  #next = 0

  text(value: string): this {
    return this.#once(`text ${value}`, () => {
      const bytes = Buffer.from(value)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(bytes.length)
      this.#emit('X', length, bytes)
    })
  }

  global(module: string, name: string): this {
    return this.#once(`global ${module}.${name}`, () => this.#emit('c', Buffer.from(`${module}\n${name}\n`)))
  }

  /** A whole number from 0 to 2³¹ − 1. */
  int(value: number): this {
    const bytes = Buffer.alloc(value < 2 ** 8 ? 1 : value < 2 ** 16 ? 2 : 4)
    bytes.writeUIntLE(value, 0, bytes.length)
    return this.#emit(bytes.length === 1 ? 'K' : bytes.length === 2 ? 'M' : 'J', bytes)
  }

  false(): this {
    return this.#emit('\x89')
  }

  /** A tuple of what `items` write, one a function. */
  tuple(...items: readonly (() => void)[]): this {
    if (items.length === 0) return this.#emit(')')
    if (items.length > 3) this.#emit('(')
    for (const item of items) item()
    return this.#emit(['t', '\x85', '\x86', '\x87'][items.length > 3 ? 0 : items.length]!).#put()
  }

  /** A call of a global with a tuple of arguments. */
  call(module: string, name: string, ...args: readonly (() => void)[]): this {
    return this.global(module, name)
      .tuple(...args)
      .#emit('R')
      .#put()
  }

  /** A reference to data outside, by what was written last. */
  persistentId(): this {
    return this.#emit('Q')
  }

  /** Put items into the dict that was written last, a thousand at a time as Python does. */
  setItems(items: readonly (readonly [key: () => void, value: () => void])[]): this {
    for (let start = 0; start < items.length; start += 1000) {
      const some = items.slice(start, start + 1000)
      if (some.length > 1) this.#emit('(')
      for (const [key, value] of some) {
        key()
        value()
      }
      this.#emit(some.length > 1 ? 'u' : 's')
    }
    return this
  }

  finish(): Uint8Array {
    return Buffer.concat([...this.#parts, Buffer.from('.')])
  }

  #once(key: string, write: () => void): this {
    const place = this.#memo.get(key)
    if (place !== undefined) return this.#emit(place < 256 ? 'h' : 'j', memoKey(place))
    write()
    this.#memo.set(key, this.#next)
    return this.#put()
  }

  #put(): this {
    const place = this.#next++
    return this.#emit(place < 256 ? 'q' : 'r', memoKey(place))
  }

  #emit(opcode: string, ...data: readonly Uint8Array[]): this {
    this.#parts.push(Buffer.from(opcode, 'latin1'), ...data)
    return this
  }
}

function memoKey(place: number): Uint8Array {
  const bytes = Buffer.alloc(place < 256 ? 1 : 4)
  bytes.writeUIntLE(place, 0, bytes.length)
  return bytes
}
