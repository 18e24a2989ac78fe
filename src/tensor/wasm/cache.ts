/**
 * The WebAssembly memory as a cache. Arrays that no scope will free belong to the garbage collector, which does not see this memory
 * and, within a loop that never awaits, does not tell what it has collected. So only so many of them stay: those that were used least
 * recently are moved out into JavaScript arrays, which the collector sees and frees, and come back when they are used again.
 *
 * Arrays of running scopes, of the running operation and of recorded steps (whose addresses are in the recording) stay where they are.
 */
import { Block, blocksInScopes } from '../memory.js'
import { recording } from '../recording.js'
import { type Allocator, Heap, megabytes, type Reserve } from './heap.js'

/** The number of the running operation: what it uses is not moved out. */
let operation = 0
let depth = 0

/** An operation during which the addresses of the arrays it has used stay as they are. */
export function keepingAddresses<Args extends unknown[], R>(fn: (...args: Args) => R): (...args: Args) => R {
  return (...args) => {
    if (depth === 0) operation++
    depth++
    try {
      return fn(...args)
    } finally {
      depth--
    }
  }
}

/** What an array costs beside its numbers: its JavaScript objects. */
const overhead = 1024

/** Where the numbers of a block are. What refers to this alone does not keep the block itself alive. */
class Storage {
  address: number
  /** The numbers, while they are not at `address`. */
  outside: Float32Array | null = null
  /** The operation that used them last. */
  lastUse = operation
  /** What the cache had admitted when they were moved out. */
  movedOutAt = 0
  /** Whether a recording holds the address, so that it must stay as it is. */
  recorded = false
  freed = false

  constructor(
    readonly cache: Cache,
    readonly heap: Allocator,
    readonly bytes: number,
  ) {
    this.address = heap.allocate(bytes)
  }

  get weight(): number {
    return this.bytes + overhead
  }

  free(): void {
    if (this.freed) return
    this.freed = true
    this.cache.forget(this)
    if (this.outside) this.outside = null
    else this.heap.free(this.address, this.bytes)
  }
}

/** Tells which blocks are gone, when it gets to run: that spares moving them out. */
const collected = new FinalizationRegistry<Storage>((storage) => storage.free())

/** A block of the shared memory, or moved out of it. */
export class HeapBlock extends Block {
  readonly #storage: Storage

  constructor(cache: Cache, heap: Allocator, bytes: number) {
    super()
    this.#storage = new Storage(cache, heap, bytes)
    this.adopt()
  }

  /** Where the numbers are until the end of the running operation. */
  get address(): number {
    const storage = this.#storage
    if (storage.lastUse !== operation) this.#use(storage)
    return storage.address
  }

  /** The bytes that it takes of a cache's memory. */
  bytesIn(cache: Cache): number {
    return this.#storage.cache === cache ? this.#storage.bytes : 0
  }

  #use(storage: Storage): void {
    storage.lastUse = operation
    if (storage.outside) storage.cache.moveIn(storage, this)
    if (recording) storage.cache.keep(storage)
  }

  protected override left(): void {
    this.#storage.cache.admit(this.#storage, this)
  }

  protected override release(): void {
    this.#storage.free()
  }
}

/** The memory, and what of it may be moved out. */
export class Cache implements Reserve {
  readonly heap: Heap
  readonly #f32: Float32Array
  readonly #movable = new Set<Storage>()
  readonly #bytes: number
  #limit: number
  #weight = 0
  /** Weight of all that was ever admitted: the clock that tells how soon something came back. */
  #admitted = 0

  /** The bytes of a memory from `start` to `end`. */
  constructor(f32: Float32Array, start: number, end: number) {
    this.#f32 = f32
    this.#bytes = end - start
    this.#limit = Math.min(256 * 2 ** 20, this.#bytes / 4)
    this.heap = new Heap(start, end, this)
  }

  /** No scope will free `block` any more. */
  admit(storage: Storage, block: HeapBlock): void {
    collected.register(block, storage, storage)
    // An arena is given back as a whole.
    if (storage.recorded || storage.heap !== this.heap) return
    this.#movable.add(storage)
    this.#weight += storage.weight
    this.#admitted += storage.weight
    if (this.#weight > this.#limit) this.#moveOut(this.#weight - this.#limit / 2)
  }

  moveIn(storage: Storage, block: HeapBlock): void {
    const values = storage.outside!
    storage.address = this.heap.allocate(storage.bytes)
    storage.outside = null
    this.#f32.set(values, storage.address / 4)
    // If twice the room would have kept it, there will be twice the room.
    if (this.#admitted - storage.movedOutAt < this.#limit) this.#limit = Math.min(2 * this.#limit, this.#bytes)
    this.admit(storage, block)
  }

  /** A recording holds the address. */
  keep(storage: Storage): void {
    storage.recorded = true
    this.#remove(storage)
  }

  forget(storage: Storage): void {
    this.#remove(storage)
    collected.unregister(storage)
  }

  reclaim(bytes: number): boolean {
    return this.#moveOut(Math.max(bytes, this.#bytes / 16))
  }

  explain(bytesInUse: number): string {
    const blocks = [...blocksInScopes()].filter((block) => block instanceof HeapBlock)
    const sum = (some: readonly HeapBlock[]): number => some.reduce((bytes, block) => bytes + block.bytesIn(this), 0)
    const own = sum(blocks.filter((block) => block.unheld))
    const tape = sum(blocks.filter((block) => !block.unheld))
    return (
      `${megabytes(own)} by modules and scopes that are running, ${megabytes(tape)} by the tape for backward, ` +
      `${megabytes(bytesInUse - own - tape)} by recorded steps and the running operation; ` +
      'try a smaller batch size, noGrad() where nothing is trained, or scope() inside a loop'
    )
  }

  #remove(storage: Storage): void {
    if (this.#movable.delete(storage)) this.#weight -= storage.weight
  }

  /** Move out so much of what was used least recently; false where nothing can be. */
  #moveOut(weight: number): boolean {
    const idle = [...this.#movable].filter(({ lastUse }) => lastUse !== operation)
    idle.sort((a, b) => a.lastUse - b.lastUse)
    let moved = 0
    for (const storage of idle) {
      if (moved >= weight) break
      this.forget(storage)
      const { address, bytes } = storage
      storage.outside = this.#f32.slice(address / 4, (address + bytes) / 4)
      storage.movedOutAt = this.#admitted
      this.heap.free(address, bytes)
      moved += storage.weight
    }
    return moved > 0
  }
}
