import { noGrad } from '../autograd/gradMode.js'
import type { Module } from '../nn/module.js'
import { tensor } from '../tensor/create.js'
import { type Jitted, jit } from '../tensor/jit.js'
import type { Shape } from '../tensor/shape.js'
import { scope, type Tensor } from '../tensor/tensor.js'
import { callKeys } from './callKey.js'

/**
 * Outputs of a model for one input after the other. From the third of equal shape on, the kernel calls of the second are replayed
 * (see `jit`), which is what makes single images fast. The mode is the model's own: call `eval()` first.
 */
export class Predictor {
  readonly #run: Jitted<{ images: Float32Array; shape: Shape }, Tensor>

  constructor(readonly model: Module) {
    this.#run = jit(({ images, shape }) => noGrad(() => model.call(tensor(images, shape))), callKeys(model))
  }

  /**
   * @param images of this shape, row-major: (N, C, H, W)
   * @returns the output, row-major: logits (N, classes) of a classifier
   */
  predict(images: Float32Array, shape: Shape): Float32Array {
    return scope(() => this.#run({ images, shape }).data)
  }

  /** Give back the memory that is kept for replays. */
  release(): void {
    this.#run.release()
  }
}
