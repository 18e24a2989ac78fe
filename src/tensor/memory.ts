/**
 * Who owns memory. Nobody calls `dispose`; three rules free everything in time:
 *
 * 1. Memory allocated inside `scope(fn)` is freed when `fn` returns, unless it is in the result or still held. Every module
 *    call is a scope, so the temporaries of a forward pass live as long as the layer that made them runs.
 * 2. The tape holds what backward needs; `backward()` lets go of it node by node, and what nobody holds is freed at once.
 * 3. What leaves the outermost scope, or was made outside any, belongs to the garbage collector. Where that does not see the
 *    memory (WebAssembly's), a cache of bounded size stands in between: `wasm/cache.ts`.
 */

/** A piece of storage with a count of its holders. Several arrays may share one (a reshape does). */
export abstract class Block {
  #holds = 0
  #owner: Pool | 'collector' | null = null
  #freed = false
  #left = false
  /** How often a user or an optimizer has overwritten the memory: see `TapeNode.requireUnchanged`. */
  version = 0

  /** Called once, at the end of its life. */
  protected abstract release(): void
  /** Called at most once: from now on no scope will free the block, though holders may. */
  protected left(): void {}

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
    this.#leave()
  }

  /** @internal The scope `from` ends, and the block is part of its result. */
  escape(from: Pool): void {
    if (this.#owner !== from) return
    if (from.parent) from.parent.add(this)
    else this.leaveToCollector()
  }

  /** @internal The scope `from` ends. */
  end(from: Pool): void {
    if (this.#owner !== from) return
    this.#owner = null
    if (this.#holds === 0) this.#free()
    else this.outlive(from)
  }

  /** @internal The scope `from` ends, but the tape holds the block. Should the graph be dropped, the outermost scope leaves it. */
  outlive(from: Pool): void {
    if (this.#freed) return
    if (from.parent) from.parent.held.push(this)
    else this.#leave()
  }

  /** @internal */
  ownedBy(pool: Pool): void {
    this.#owner = pool
  }

  #leave(): void {
    if (this.#left) return
    this.#left = true
    this.left()
  }

  #free(): void {
    if (this.#freed) return
    this.#freed = true
    this.release()
  }
}

class Pool {
  readonly blocks: Block[] = []
  /** What scopes inside this one allocated, and the tape held at their end. */
  readonly held: Block[] = []
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
    for (const block of escaping(result)) block.escape(pool)
    return result
  } finally {
    current = pool.parent
    for (const block of pool.blocks) block.end(pool)
    for (const block of pool.held) block.outlive(pool)
  }
}

/** What the running scopes will free, and what the tape holds of theirs. */
export function* blocksInScopes(): Generator<Block> {
  for (let pool = current; pool; pool = pool.parent) {
    for (const block of [...pool.blocks, ...pool.held]) if (!block.freed) yield block
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
