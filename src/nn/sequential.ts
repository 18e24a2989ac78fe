import type { Tensor } from '../tensor/tensor.js'
import { ReLU } from './activation.js'
import { BatchNorm2d, type BatchNormEpilogue } from './batchNorm.js'
import { Module } from './module.js'

/**
 * Modules one after the other, as torch.nn.Sequential: they are called '0', '1', … and can be read as `sequential[0]`. An empty
 * one returns its input.
 *
 * A `BatchNorm2d` directly before a `ReLU` runs with it as one pass over memory; the `ReLU` is then not called on its own. An
 * epilogue is for the batch norm at the end.
 */
export class Sequential extends Module<[x: Tensor, epilogue?: BatchNormEpilogue]> {
  readonly [index: number]: Module
  readonly #layers: readonly Module[]

  constructor(...layers: Module[]) {
    super()
    Object.assign(this, layers)
    this.#layers = layers
  }

  forward(x: Tensor, epilogue: BatchNormEpilogue = {}): Tensor {
    for (let i = 0; i < this.#layers.length; i++) {
      const layer = this.#layers[i]!
      if (!(layer instanceof BatchNorm2d)) {
        x = layer.call(x)
        continue
      }
      const relu = this.#layers[i + 1] instanceof ReLU
      if (relu) i++
      x = layer.call(x, { ...(i === this.#layers.length - 1 ? epilogue : {}), relu })
    }
    return x
  }
}
