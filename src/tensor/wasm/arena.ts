import type { Arena as ArenaOfBackend } from '../backend.js'
import { type Allocator, sizeClass } from './heap.js'

/**
 * A heap inside the heap: blocks that are freed serve its own later requests and nobody else's. What was recorded on it can
 * therefore be replayed at any time: its addresses meet nothing but themselves.
 */
export class Arena implements Allocator, ArenaOfBackend {
  readonly #free = new Map<number, number[]>()
  readonly #taken: { address: number; size: number }[] = []
  readonly #heap: Allocator
  readonly #within: (arena: Arena, fn: () => unknown) => unknown

  constructor(heap: Allocator, within: (arena: Arena, fn: () => unknown) => unknown) {
    this.#heap = heap
    this.#within = within
    abandoned.register(this, { heap, taken: this.#taken })
  }

  run<T>(fn: () => T): T {
    return this.#within(this, fn) as T
  }

  allocate(bytes: number): number {
    const size = sizeClass(bytes)
    const kept = this.#free.get(size)?.pop()
    if (kept !== undefined) return kept
    const address = this.#heap.allocate(size)
    this.#taken.push({ address, size })
    return address
  }

  free(address: number, bytes: number): void {
    const size = sizeClass(bytes)
    const list = this.#free.get(size)
    if (list) list.push(address)
    else this.#free.set(size, [address])
  }

  release(): void {
    giveBack({ heap: this.#heap, taken: this.#taken })
    this.#free.clear()
  }
}

interface Taken {
  heap: Allocator
  taken: { address: number; size: number }[]
}

function giveBack({ heap, taken }: Taken): void {
  for (const { address, size } of taken.splice(0)) heap.free(address, size)
}

/** An arena is reachable from its blocks, so that one which is collected has none in use. */
const abandoned = new FinalizationRegistry(giveBack)
