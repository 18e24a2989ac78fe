import * as F from '../autograd/functional.js'
import type { Tensor } from '../tensor/tensor.js'
import { Module } from './module.js'

/** The largest value of each window, (N, C, H, W) → (N, C, H′, W′), as torch.nn.MaxPool2d. The stride is the kernel by default. */
export class MaxPool2d extends Module {
  constructor(
    readonly kernelSize: F.Pair,
    readonly options: F.MaxPoolOptions = {},
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.maxPool2d(x, this.kernelSize, this.options)
  }
}

/** The mean of each window, as torch.nn.AvgPool2d. Padded zeros count in the divisor unless `countIncludePad` is false. */
export class AvgPool2d extends Module {
  constructor(
    readonly kernelSize: F.Pair,
    readonly options: F.AvgPoolOptions = {},
  ) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.avgPool2d(x, this.kernelSize, this.options)
  }
}

/** Average down to a plane of `outputSize`, whatever the input's: 1 is global average pooling, null keeps a height or width. */
export class AdaptiveAvgPool2d extends Module {
  constructor(readonly outputSize: F.Pair | readonly [number | null, number | null]) {
    super()
  }

  forward(x: Tensor): Tensor {
    return F.adaptiveAvgPool2d(x, this.outputSize)
  }
}
