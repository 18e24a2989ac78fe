/**
 * Who owns memory. Nobody calls `dispose`; three rules free everything in time:
 *
 * 1. Memory allocated inside `scope(fn)` is freed when `fn` returns, unless it is in the result or still held. Every module
 *    call is a scope, so the temporaries of a forward pass live as long as the layer that made them runs.
 * 2. The tape holds what backward needs; `backward()` lets go of it node by node, and what nobody holds is freed at once.
 * 3. What leaves the outermost scope, or was made outside any, belongs to the garbage collector.
 */

/** A piece of storage with a count of its holders. Several arrays may share one (a reshape does). */
export abstract class Block {
  #holds = 0
  #owner: Pool | 'collector' | null = null
  #freed = false

  /** Called once, at the end of its life. */
  protected abstract release(): void
  /** A function that frees the storage without referring to this object, or null where nothing needs to be done. */
  protected abstract get backstop(): (() => void) | null

  /** Put a new block under the care of the running scope. To be called at the end of a subclass's constructor. */
  protected adopt(): void {
    if (current) current.add(this)
    else this.leaveToCollector()
  }

  get freed(): boolean {
    return this.#freed
  }

  /** Whether one holder alone refers to this memory and no scope or user does: it may then be overwritten. */
  get exclusive(): boolean {
    return this.#holds === 1 && this.#owner === null
  }

  /** Whether nobody holds this memory: only the scope in which it was allocated, or the collector, knows it. */
  get unheld(): boolean {
    return this.#holds === 0 && this.#owner !== 'collector'
  }

  hold(): void {
    this.#holds++
  }

  letGo(): void {
    this.#holds--
    if (this.#holds === 0 && this.#owner === null) this.#free()
  }

  /** From now on the block lives until nothing refers to it. */
  leaveToCollector(): void {
    if (this.#owner === 'collector') return
    this.#owner = 'collector'
    this.#watch()
  }

  /** @internal The scope `from` ends; `to` is its parent where the block is part of the result, else undefined. */
  moveOut(from: Pool, to: Pool | null | undefined): void {
    if (this.#owner !== from) return
    if (to) to.add(this)
    else if (to === null) this.leaveToCollector()
    else {
      this.#owner = null
      if (this.#holds === 0) this.#free()
      // The tape holds it. Should the graph be dropped without a backward pass, the collector frees it.
      else this.#watch()
    }
  }

  /** @internal */
  ownedBy(pool: Pool): void {
    this.#owner = pool
  }

  #watch(): void {
    const free = this.backstop
    if (free) collected.register(this, free)
  }

  #free(): void {
    if (this.#freed) return
    this.#freed = true
    this.release()
  }
}

const collected = new FinalizationRegistry<() => void>((free) => free())

class Pool {
  readonly blocks: Block[] = []
  constructor(readonly parent: Pool | null) {}

  add(block: Block): void {
    this.blocks.push(block)
    block.ownedBy(this)
  }
}

let current: Pool | null = null
let keeping = false

/**
 * Run `fn` and free what was allocated meanwhile, except what `escaping(result)` names and what is held elsewhere.
 * Also when `fn` throws.
 */
export function scopeWith<T>(fn: () => T, escaping: (result: T) => Iterable<Block>): T {
  if (keeping) return fn()
  const pool = new Pool(current)
  current = pool
  try {
    const result = fn()
    for (const block of escaping(result)) block.moveOut(pool, pool.parent)
    return result
  } finally {
    current = pool.parent
    for (const block of pool.blocks) block.moveOut(pool, undefined)
  }
}

/** Run `fn` as if no scope were open: for what outlives a step, such as parameters and the state of an optimizer. */
export function outsideScopes<T>(fn: () => T): T {
  const pool = current
  current = null
  try {
    return fn()
  } finally {
    current = pool
  }
}

/** Run `fn` without the scopes inside it: what they would free lives as long as what surrounds them. For looking into a graph. */
export function keepingAll<T>(fn: () => T): T {
  const before = keeping
  keeping = true
  try {
    return fn()
  } finally {
    keeping = before
  }
}
