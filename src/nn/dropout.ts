import * as F from '../autograd/functional.js'
import { knownOptions } from '../tensor/errors.js'
import { type Generator, getDefaultGenerator } from '../tensor/random.js'
import type { Tensor } from '../tensor/tensor.js'
import type { RandomInit } from './init.js'
import { Module } from './module.js'

/**
 * While training, set each element to 0 with probability p and scale the others by 1 / (1 − p); in evaluation, nothing
 * (Srivastava et al. 2014).
 */
export class Dropout extends Module {
  readonly #generator: Generator

  constructor(
    readonly p = 0.5,
    options: RandomInit = {},
  ) {
    super()
    this.#generator = knownOptions('Dropout', options, ['generator']).generator ?? getDefaultGenerator()
  }

  forward(x: Tensor): Tensor {
    return F.dropout(x, this.p, { training: this.training, generator: this.#generator })
  }
}
