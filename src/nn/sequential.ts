import type { Tensor } from '../tensor/tensor.js'
import { ReLU } from './activation.js'
import { BatchNorm2d, type BatchNormEpilogue } from './batchNorm.js'
import { Conv2d } from './conv2d.js'
import { convBatchNorm } from './convBatchNorm.js'
import { Module } from './module.js'

/**
 * Modules one after the other, as torch.nn.Sequential: they are called '0', '1', … and can be read as `sequential[0]`. An empty
 * one returns its input.
 *
 * A `BatchNorm2d` directly before a `ReLU` runs with it as one pass over memory; the `ReLU` is then not called on its own. In
 * evaluation a `Conv2d` directly before the `BatchNorm2d` takes both along: see `convBatchNorm`. An epilogue is for the batch norm at
 * the end.
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
    const layers = this.#layers
    for (let i = 0; i < layers.length; i++) {
      const layer = layers[i]!
      const conv = layer instanceof Conv2d && layers[i + 1] instanceof BatchNorm2d ? layer : null
      const bn = conv ? layers[++i] : layer
      if (!(bn instanceof BatchNorm2d)) {
        x = layer.call(x)
        continue
      }
      const relu = layers[i + 1] instanceof ReLU
      if (relu) i++
      const end = { ...(i === layers.length - 1 ? epilogue : {}), relu }
      x = conv ? convBatchNorm(conv, bn, x, end) : bn.call(x, end)
    }
    return x
  }
}
