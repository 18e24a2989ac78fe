import type { Batch } from '../data/loader.js'
import type { Module } from '../nn/module.js'
import type { Parameter } from '../nn/parameter.js'
import type { Arena } from '../tensor/backend.js'
import { outsideScopes } from '../tensor/memory.js'
import type { NdArray } from '../tensor/ndarray.js'
import { Replayed } from '../tensor/replayed.js'
import { inputsOf, type LossOptions, type Passes, type PassInputs, passesOf } from './passes.js'

/**
 * Forward and backward pass of a model for batches of one shape: computed from the modules the first time, in memory of their
 * own, and then replayed. The bits are the same.
 */
export class RecordedPasses {
  readonly #inputs: PassInputs
  readonly #forward: Replayed<Passes>
  /** The result: gradients by parameter. */
  readonly #backward: Replayed<[Parameter, NdArray][]>

  constructor(
    readonly model: Module,
    readonly arena: Arena,
    batch: Batch,
    options: LossOptions,
  ) {
    this.#inputs = outsideScopes(() => inputsOf({ ...batch, labels: batch.labels.slice() }))
    let backward = () => {}
    this.#forward = new Replayed(
      arena,
      () => {
        const passes = passesOf(model, this.#inputs, options)
        backward = passes.backward
        return passes
      },
      ({ logits, loss }) => [logits.array, loss.array],
    )
    this.#backward = new Replayed(
      arena,
      () => {
        backward()
        return model.parameters().flatMap((p) => (p.gradArray ? [[p, p.gradArray]] : []))
      },
      (gradients) => gradients.map(([, gradient]) => gradient),
    )
  }

  /** Whether `forward` may be called. */
  get isUsable(): boolean {
    const [forward, backward] = [this.#forward, this.#backward]
    return forward.isUsable && backward.isUsable && forward.isRecorded === backward.isRecorded
  }

  /** Give the memory back. Not in the middle of a step. */
  release(): void {
    this.arena.release()
  }

  forward(batch: Batch): Passes {
    const { images, labels, targets } = this.#inputs
    images.array.backend.write(images.array, batch.images)
    labels.set(batch.labels)
    targets?.array.backend.write(targets.array, batch.targets!)
    const { logits, loss } = this.#forward.call()
    return { logits, loss, backward: () => this.#runBackward() }
  }

  #runBackward(): void {
    for (const [p, gradient] of this.#backward.call()) {
      if (p.gradArray === gradient) continue // the first time
      gradient.block.hold() // zeroGrad lets go
      p.gradArray = gradient
    }
  }
}
