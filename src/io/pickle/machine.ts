import { DataError } from '../../tensor/errors.js'
import { describe } from './describe.js'
import { InertClass } from './inert.js'

/** What a pickle may name: a class or function to call, or a thing that only stands for itself. */
export type PickleGlobals = Readonly<Record<string, unknown>>

/** An object that takes a state after it was made (Python's `__setstate__`). */
export interface Stateful {
  setState(state: unknown): void
}

/** Python's tuple, list and dict are arrays and Maps; a class that stands for a dict with attributes extends this. */
export class StatefulMap extends Map<unknown, unknown> implements Stateful {
  /** Attributes that an object has besides its items are of no use here. */
  setState(): void {}
}

/** The stack machine that a pickle is a program for, with every access checked. */
export class PickleMachine {
  readonly #stack: unknown[] = []
  readonly #marks: number[] = []
  readonly #memo = new Map<number, unknown>()
  readonly #view: DataView

  /** @param at byte to begin at; afterwards the byte behind what was read */
  constructor(
    readonly bytes: Uint8Array,
    readonly globals: PickleGlobals,
    readonly persistentLoad: ((id: unknown) => unknown) | undefined,
    public at: number,
    /** What becomes of a name that is not in the table: an `InertClass`, or an error. */
    readonly unknownNames: 'inert' | 'refused',
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  refuse(problem: string): never {
    throw new DataError(`pickle: ${problem}`)
  }

  // Reading

  take(size: number): Uint8Array {
    if (size < 0 || this.at + size > this.bytes.length) this.refuse(`cut short at byte ${this.bytes.length}`)
    this.at += size
    return this.bytes.subarray(this.at - size, this.at)
  }

  /** A number of `size` bytes, read by one of DataView's methods. */
  number<T>(size: number, read: (view: DataView, at: number) => T): T {
    this.take(size)
    return read(this.#view, this.at - size)
  }

  uint8(): number {
    return this.number(1, (view, at) => view.getUint8(at))
  }

  uint32(): number {
    return this.number(4, (view, at) => view.getUint32(at, true))
  }

  /** A length; one beyond the end of the file is noticed by `take`. */
  uint64(): number {
    return Number(this.number(8, (view, at) => view.getBigUint64(at, true)))
  }

  text(size: number, encoding: 'latin1' | 'utf8'): string {
    return Buffer.from(this.take(size)).toString(encoding)
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.at)
    const line = this.text(end - this.at, 'latin1')
    this.at++
    return line
  }

  // The stack

  push(value: unknown): void {
    this.#stack.push(value)
  }

  pop(): unknown {
    this.#need(1)
    return this.#stack.pop()
  }

  top(): unknown {
    this.#need(1)
    return this.#stack.at(-1)
  }

  popMany(count: number): unknown[] {
    this.#need(count)
    return this.#stack.splice(this.#stack.length - count)
  }

  mark(): void {
    this.#marks.push(this.#stack.length)
  }

  sinceMark(): unknown[] {
    const mark = this.#marks.pop()
    if (mark === undefined || mark > this.#stack.length) return this.refuse(`no mark before byte ${this.at}`)
    return this.#stack.splice(mark)
  }

  #need(count: number): void {
    if (this.#stack.length < count) this.refuse(`nothing on the stack at byte ${this.at}`)
  }

  // The memo

  remember(key: number = this.#memo.size): void {
    this.#memo.set(key, this.top())
  }

  recall(key: number): void {
    if (!this.#memo.has(key)) this.refuse(`nothing was memorized as ${key} before byte ${this.at}`)
    this.push(this.#memo.get(key))
  }

  // Objects

  /** What the table holds under this name, or what stands for an unknown one. */
  global(module: unknown, name: unknown): unknown {
    if (typeof module !== 'string' || typeof name !== 'string') {
      return this.refuse(`a global named by ${describe(module)} and ${describe(name)}`)
    }
    const path = `${module}.${name}`
    if (Object.hasOwn(this.globals, path)) return this.globals[path]
    if (this.unknownNames === 'inert') return new InertClass(path)
    const known = Object.keys(this.globals)
    const more = known.length > 3 ? ` and ${known.length - 3} more` : ''
    return this.refuse(
      `${path.length > 100 ? `${path.slice(0, 99)}…` : path} is not allowed here; allowed: ${known.slice(0, 3).join(', ')}${more}`,
    )
  }

  /** What an identifier of data outside the pickle stands for. */
  persistent(id: unknown): unknown {
    return this.persistentLoad ? this.persistentLoad(id) : this.refuse(`a reference to outside data at byte ${this.at}`)
  }

  /** The top of the stack, which must be of this class. */
  topAs<T>(type: abstract new (...args: never[]) => T, what: string): T {
    const value = this.top()
    return value instanceof type ? value : this.refuse(`expected ${what} on the stack at byte ${this.at}`)
  }
}
