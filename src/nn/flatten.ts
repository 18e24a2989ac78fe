import * as F from '../autograd/functional.js'
import type { Tensor } from '../tensor/tensor.js'
import { Module } from './module.js'

/** Merge the axes from `startAxis` to `endAxis` into one: (N, C, H, W) → (N, C · H · W). */
export class Flatten extends Module {
  constructor(
    readonly startAxis = 1,
    readonly endAxis = -1,
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.flatten(x, this.startAxis, this.endAxis)
  }
}

/** x itself: a place that holds nothing. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x
  }
}
