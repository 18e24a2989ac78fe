import type { ParameterUpdate } from '../tensor/backend.js'
import { ConfigError, knownOptions } from '../tensor/errors.js'
import { requireOption } from './check.js'
import { Optimizer, type OptimizerOptions, type OptimizerParams } from './optimizer.js'

/** Settings of `SGD`. */
export interface SGDOptions extends OptimizerOptions {
  /** Fraction of the last update that is kept. */
  momentum: number
  /** Fraction of the gradient that the momentum leaves out. */
  dampening: number
  /** Look one momentum step ahead (Nesterov). */
  nesterov: boolean
}

/** As torch.optim.SGD; the learning rate has no default there either. */
const defaults = { momentum: 0, dampening: 0, weightDecay: 0, nesterov: false }

/**
 * Stochastic gradient descent, with momentum where asked (https://pytorch.org/docs/stable/generated/torch.optim.SGD.html):
 *
 *     g ← g + weightDecay · p
 *     b ← momentum · b + (1 − dampening) · g          the first time b ← g
 *     p ← p − lr · (nesterov ? g + momentum · b : b)  without momentum p ← p − lr · g
 *
 * The learning rate multiplies the buffer when it is used, not when it is filled.
 */
export class SGD extends Optimizer<SGDOptions> {
  constructor(params: OptimizerParams<SGDOptions>, options: Partial<SGDOptions> & { lr: number }) {
    super(params, { ...defaults, ...knownOptions('SGD', options, ['lr', ...Object.keys(defaults)]) })
  }

  protected override check(options: SGDOptions): void {
    super.check(options)
    const { momentum, dampening, nesterov } = options
    requireOption(momentum >= 0 && momentum < 1, 'SGD', '0 <= momentum < 1', momentum)
    requireOption(dampening >= 0 && dampening <= 1, 'SGD', '0 <= dampening <= 1', dampening)
    if (nesterov && (momentum === 0 || dampening !== 0)) {
      throw new ConfigError(
        `SGD: nesterov needs momentum > 0 and dampening 0, got momentum ${momentum} and dampening ${dampening}`,
      )
    }
  }

  protected override slotNames({ momentum }: SGDOptions): readonly string[] {
    return momentum === 0 ? [] : ['momentum_buffer']
  }

  protected override update(updates: readonly ParameterUpdate[], step: number, options: SGDOptions): void {
    updates[0]!.parameter.backend.sgdStep(updates, { ...options, first: step === 1 })
  }
}
