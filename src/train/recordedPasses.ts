import type { Batch } from '../data/loader.js'
import type { Module } from '../nn/module.js'
import type { Parameter } from '../nn/parameter.js'
import type { Arena } from '../tensor/backend.js'
import { tensor } from '../tensor/create.js'
import { outsideScopes } from '../tensor/memory.js'
import type { NdArray } from '../tensor/ndarray.js'
import { type Recording, record } from '../tensor/recording.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Passes, passesOf } from './passes.js'

/**
 * Forward and backward pass of a model for batches of one shape: computed from the modules the first time, in memory of their
 * own, and then replayed, kernel by kernel, without modules, operations and tape. The bits are the same.
 */
export class RecordedPasses {
  readonly #images: Tensor
  readonly #labels: Int32Array
  readonly #recordings: Recording[] = []
  #passes: Passes | null = null
  #gradients: [Parameter, NdArray][] = []

  constructor(
    readonly model: Module,
    readonly arena: Arena,
    batch: Batch,
    readonly labelSmoothing: number,
  ) {
    this.#images = outsideScopes(() => tensor(batch.images, batch.shape))
    this.#labels = batch.labels.slice()
  }

  /** Whether `forward` may be called: nothing has been recorded yet, or all, and nothing in it forbids a replay. */
  get isUsable(): boolean {
    const count = this.#recordings.length
    return count === 0 || (count === 2 && this.#recordings.every(({ refusal }) => refusal === null))
  }

  /** Give the memory back. Not in the middle of a step. */
  release(): void {
    this.arena.release()
  }

  forward(batch: Batch): Passes {
    const { array } = this.#images
    array.backend.write(array, batch.images)
    this.#labels.set(batch.labels)
    if (this.#passes) {
      this.#recordings[0]!.replay()
      return this.#passes
    }
    const { logits, loss, backward } = this.#record(() =>
      passesOf(this.model, this.#images, this.#labels, this.labelSmoothing),
    )
    for (const { array } of [logits, loss]) array.block.hold()
    this.#passes = { logits, loss, backward: () => this.#replayBackward() }
    return { logits, loss, backward: () => this.#recordBackward(backward) }
  }

  #recordBackward(backward: () => void): void {
    this.#record(backward)
    for (const p of this.model.parameters()) if (p.gradArray) this.#gradients.push([p, p.gradArray])
    for (const [, gradient] of this.#gradients) gradient.block.hold()
  }

  #replayBackward(): void {
    this.#recordings[1]!.replay()
    for (const [p, gradient] of this.#gradients) {
      gradient.block.hold() // zeroGrad lets go
      p.gradArray = gradient
    }
  }

  #record<T>(fn: () => T): T {
    const { result, recording } = this.arena.run(() => record(fn))
    this.#recordings.push(recording)
    return result
  }
}
