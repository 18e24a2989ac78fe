import { GhostgradError } from '../errors.js'

const alignment = 64
/** Blocks from this size on start at staggered addresses, so that equal arrays do not map to the same cache sets. */
const largeBlock = 1 << 14
const stagger = 5 * alignment

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
  #top: number
  #inUse = 0
  #peak = 0

  /** Manage the bytes from `start` to `end`. */
  constructor(start: number, end: number) {
    this.#top = start
    this.#end = end
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
    const address = this.#free.get(size)?.pop() ?? this.#bump(size) ?? this.#refit(size)
    if (address === undefined) {
      throw new GhostgradError(
        `out of memory: ${megabytes(bytes)} asked for, ${megabytes(this.#inUse)} of ${megabytes(this.#end)} in use; ` +
          'try a smaller batch size',
      )
    }
    this.#inUse += size
    this.#peak = Math.max(this.#peak, this.#inUse)
    return address
  }

  free(address: number, bytes: number): void {
    const size = sizeClass(bytes)
    const list = this.#free.get(size)
    if (list) list.push(address)
    else this.#free.set(size, [address])
    this.#inUse -= size
  }

  #bump(size: number): number | undefined {
    if (this.#top + size > this.#end) return undefined
    const address = this.#top
    this.#top += size + (size >= largeBlock ? stagger : 0)
    return address
  }

  /** The memory is used up: cut the block out of the smallest larger free one. */
  #refit(size: number): number | undefined {
    const sizes = [...this.#free.keys()].filter((s) => s > size && this.#free.get(s)!.length > 0)
    if (sizes.length === 0) return undefined
    const larger = Math.min(...sizes)
    const address = this.#free.get(larger)!.pop()!
    for (let rest = address + size, left = larger - size; left >= alignment; ) {
      const part = floorClass(left)
      this.#free.set(part, [...(this.#free.get(part) ?? []), rest])
      rest += part
      left -= part
    }
    return address
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

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
