import { HardSwish, ReLU, ReLU6 } from '../nn/activation.js'
import { BatchNorm2d, type BatchNormLayerOptions } from '../nn/batchNorm.js'
import { Conv2d } from '../nn/conv2d.js'
import type { RandomInit } from '../nn/init.js'
import { Sequential } from '../nn/sequential.js'

export type Activation = 'relu' | 'relu6' | 'hardSwish' | null

const make = { relu: () => new ReLU(), relu6: () => new ReLU6(), hardSwish: () => new HardSwish() }

export interface ConvNormOptions extends RandomInit {
  stride?: number
  groups?: number
  /** Default: relu. */
  activation?: Activation
  norm?: BatchNormLayerOptions
}

/** A convolution that keeps the plane (at stride 1), batch norm, and an activation: '0', '1', '2' of a Sequential. */
export function convNorm(inp: number, oup: number, kernel: number, options: ConvNormOptions = {}): Sequential {
  const { stride = 1, groups = 1, activation = 'relu', norm = {}, generator } = options
  const conv = new Conv2d(inp, oup, kernel, { stride, padding: (kernel - 1) / 2, groups, bias: false, generator })
  return new Sequential(conv, new BatchNorm2d(oup, norm), ...(activation ? [make[activation]()] : []))
}
