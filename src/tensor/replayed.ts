import type { Arena } from './backend.js'
import type { NdArray } from './ndarray.js'
import { type Recording, record } from './recording.js'

/**
 * A function of memory that is run once, in an arena, and then replayed: kernel by kernel, without what led to them. Its result is
 * that of the first time, holding new numbers.
 */
export class Replayed<T> {
  #first: { result: T; recording: Recording } | null = null

  constructor(
    readonly arena: Arena,
    readonly fn: () => T,
    /** The arrays in a result that have to outlive the call. */
    readonly arraysIn: (result: T) => readonly NdArray[],
  ) {}

  /** Whether it can be called: not after a first time that did what cannot be repeated. */
  get isUsable(): boolean {
    return !this.#first || this.#first.recording.refusal === null
  }

  /** Whether the next call is a replay. */
  get isRecorded(): boolean {
    return this.#first !== null
  }

  call(): T {
    if (this.#first) {
      this.#first.recording.replay()
      return this.#first.result
    }
    const { result, recording } = this.arena.run(() => record(this.fn))
    for (const array of this.arraysIn(result)) array.block.hold()
    this.#first = { result, recording }
    return result
  }
}
