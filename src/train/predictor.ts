import { noGrad } from '../autograd/gradMode.js'
import type { Module } from '../nn/module.js'
import { type Arena, getBackend } from '../tensor/backend.js'
import { tensor } from '../tensor/create.js'
import { outsideScopes } from '../tensor/memory.js'
import { Replayed } from '../tensor/replayed.js'
import type { Shape } from '../tensor/shape.js'
import { scope, type Tensor } from '../tensor/tensor.js'
import { callKeys } from './callKey.js'

/**
 * Outputs of a model for one input after the other. From the third of equal shape on, the kernel calls of the second are replayed,
 * which is what makes single images fast. It asks of the model what `Stepper` does. The mode is the model's own: call `eval()` first.
 */
export class Predictor {
  readonly #keyOf: ReturnType<typeof callKeys>
  #lastKey: string | null = null
  #recordedKey: string | null = null
  #recorded: { arena: Arena; input: Tensor; run: Replayed<Tensor> } | null = null

  constructor(readonly model: Module) {
    this.#keyOf = callKeys(model)
  }

  /**
   * @param images of this shape, row-major: (N, C, H, W)
   * @returns the output, row-major: logits (N, classes) of a classifier
   */
  predict(images: Float32Array, shape: Shape): Float32Array {
    return noGrad(() => scope(() => this.#predict(images, shape)))
  }

  /** Give back the memory that is kept for replays. */
  release(): void {
    this.#recorded?.arena.release()
    this.#recorded = null
    this.#recordedKey = null
    this.#lastKey = null
  }

  #predict(images: Float32Array, shape: Shape): Float32Array {
    const key = this.#keyOf(shape)
    const isRepeated = key !== null && key === this.#lastKey
    if (isRepeated && key !== this.#recordedKey) this.#prepare(key, images, shape)
    this.#lastKey = key
    const recorded = key !== null && key === this.#recordedKey ? this.#recorded : null
    if (!recorded?.run.isUsable) return this.model.call(tensor(images, shape)).data
    recorded.input.array.backend.write(recorded.input.array, images)
    return recorded.run.call().data
  }

  #prepare(key: string, images: Float32Array, shape: Shape): void {
    this.release()
    this.#recordedKey = key
    const arena = getBackend().newArena?.()
    if (!arena) return
    const input = outsideScopes(() => tensor(images, shape))
    const run = new Replayed(
      arena,
      () => this.model.call(input),
      (output) => [output.array],
    )
    this.#recorded = { arena, input, run }
  }
}
