import * as F from '../autograd/functional.js'
import { knownOptions } from '../tensor/errors.js'
import type { Tensor } from '../tensor/tensor.js'
import { type RandomInit, torchDefault } from './init.js'
import { Module } from './module.js'
import { Parameter } from './parameter.js'

/** y = x · weightᵀ + bias, (…, in) → (…, out), as torch.nn.Linear. Starts uniform over ±1 / √in. */
export class Linear extends Module {
  /** (out, in) */
  readonly weight: Parameter
  /** (out,) */
  readonly bias: Parameter | null

  constructor(inFeatures: number, outFeatures: number, options: RandomInit & { bias?: boolean } = {}) {
    super()
    knownOptions('Linear', options, ['bias', 'generator'])
    this.weight = new Parameter([outFeatures, inFeatures])
    this.bias = (options.bias ?? true) ? new Parameter([outFeatures]) : null
    torchDefault(this.weight, this.bias, options)
  }

  forward(x: Tensor): Tensor {
    return F.linear(x, this.weight, this.bias)
  }
}
