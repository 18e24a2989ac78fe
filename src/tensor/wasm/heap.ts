import { GhostgradError } from '../errors.js'

const alignment = 64
/** Blocks from this size on start at staggered addresses, so that equal arrays do not map to the same cache sets. */
const largeBlock = 1 << 14
const stagger = 5 * alignment

/** What a heap asks when it is full. */
export interface Reserve {
  /** Free some memory, if possible at least `bytes`; false where there is none to be freed. */
  reclaim(bytes: number): boolean
  /** Who holds how much of the bytes in use, for the error. */
  explain(bytesInUse: number): string
}

/** Where memory comes from, by address. */
export interface Allocator {
  /** Address of a block of at least `bytes` bytes, aligned to a cache line, its content undefined. */
  allocate(bytes: number): number
  /** Give back a block that `allocate(bytes)` returned. */
  free(address: number, bytes: number): void
}

/**
 * Memory management of the shared WebAssembly memory: blocks in geometric size classes (eight to a doubling, at most 12.5 %
 * waste), a free list for each, and a bump pointer behind them. A training step asks for the same sizes every time, so after
 * the first step every request is answered from a free list.
 */
export class Heap implements Allocator {
  readonly #free = new Map<number, number[]>()
  readonly #end: number
  readonly #reserve: Reserve
  #top: number
  #inUse = 0
  #peak = 0

  /** Manage the bytes from `start` to `end`. */
  constructor(start: number, end: number, reserve: Reserve) {
    this.#top = start
    this.#end = end
    this.#reserve = reserve
  }

  /** Bytes handed out and not yet freed. */
  get bytesInUse(): number {
    return this.#inUse
  }

  /** The most bytes that were ever in use at once. */
  get peakBytes(): number {
    return this.#peak
  }

  allocate(bytes: number): number {
    const size = sizeClass(bytes)
    const address = this.#find(size) ?? this.#makeRoom(size)
    if (address === undefined) {
      throw new GhostgradError(
        `out of memory: ${megabytes(bytes)} asked for, ${megabytes(this.#inUse)} of ${megabytes(this.#end)} in use: ` +
          this.#reserve.explain(this.#inUse),
      )
    }
    this.#inUse += size
    this.#peak = Math.max(this.#peak, this.#inUse)
    return address
  }

  free(address: number, bytes: number): void {
    const size = sizeClass(bytes)
    this.#list(address, size)
    this.#inUse -= size
  }

  #find(size: number): number | undefined {
    return this.#free.get(size)?.pop() ?? this.#bump(size) ?? this.#refit(size)
  }

  #list(address: number, size: number): void {
    const list = this.#free.get(size)
    if (list) list.push(address)
    else this.#free.set(size, [address])
  }

  #bump(size: number): number | undefined {
    if (this.#top + size > this.#end) return undefined
    const address = this.#top
    this.#top += size
    if (size >= largeBlock && this.#top + stagger <= this.#end) {
      this.#list(this.#top, stagger)
      this.#top += stagger
    }
    return address
  }

  /** The memory is used up: cut the block out of the smallest larger free one. */
  #refit(size: number): number | undefined {
    const sizes = [...this.#free.keys()].filter((s) => s > size && this.#free.get(s)!.length > 0)
    if (sizes.length === 0) return undefined
    const larger = Math.min(...sizes)
    const address = this.#free.get(larger)!.pop()!
    this.#cut(address + size, larger - size)
    return address
  }

  /** Put memory of any size on the lists. */
  #cut(start: number, bytes: number): void {
    for (let address = start, left = bytes; left >= alignment; ) {
      const part = floorClass(left)
      this.#list(address, part)
      address += part
      left -= part
    }
  }

  #makeRoom(size: number): number | undefined {
    do {
      this.#join()
      const address = this.#find(size)
      if (address !== undefined) return address
    } while (this.#reserve.reclaim(size))
    return undefined
  }

  /** Make one of free blocks that lie side by side. */
  #join(): void {
    const blocks = [...this.#free].flatMap(([size, list]) => list.map((address) => ({ address, size })))
    blocks.sort((a, b) => a.address - b.address)
    this.#free.clear()
    for (let i = 0; i < blocks.length; ) {
      const { address } = blocks[i]!
      let end = address
      for (; i < blocks.length && blocks[i]!.address === end; i++) end += blocks[i]!.size
      this.#cut(address, end - address)
    }
  }
}

/** The size of the block that serves a request: `bytes` rounded up to an eighth of a power of two. */
export function sizeClass(bytes: number): number {
  const lines = Math.max(1, Math.ceil(bytes / alignment))
  const step = classStep(lines)
  return Math.ceil(lines / step) * step * alignment
}

/** The largest size class within `bytes`. */
function floorClass(bytes: number): number {
  const lines = Math.floor(bytes / alignment)
  const step = classStep(lines)
  return Math.floor(lines / step) * step * alignment
}

const classStep = (lines: number): number => Math.max(1, 2 ** (Math.floor(Math.log2(lines)) - 3))

export const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
