import type { ParameterUpdate } from '../tensor/backend.js'
import { knownOptions } from '../tensor/errors.js'
import { requireOption } from './check.js'
import { Optimizer, type OptimizerOptions, type OptimizerParams } from './optimizer.js'

/** Settings of `AdamW`. */
export interface AdamWOptions extends OptimizerOptions {
  /** β₁ and β₂: how much of the moving averages of g and g² each step keeps. */
  betas: readonly [number, number]
  /** Added to √v̂, against division by 0. */
  eps: number
}

/** As torch.optim.AdamW. */
const defaults: AdamWOptions = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.01 }

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101), at step t from 1:
 *
 *     p ← p · (1 − lr · weightDecay)
 *     m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²
 *     p ← p − lr · m̂ / (√v̂ + eps),  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
 */
export class AdamW extends Optimizer<AdamWOptions> {
  constructor(params: OptimizerParams<AdamWOptions>, options: Partial<AdamWOptions> = {}) {
    super(params, { ...defaults, ...knownOptions('AdamW', options, Object.keys(defaults)) })
  }

  protected override check(options: AdamWOptions): void {
    super.check(options)
    const { betas, eps } = options
    const inRange = betas.length === 2 && betas.every((beta) => beta >= 0 && beta < 1)
    requireOption(inRange, 'AdamW', 'betas of two numbers, 0 <= beta < 1', `[${betas.join(', ')}]`)
    requireOption(eps >= 0, 'AdamW', 'eps >= 0', eps)
  }

  protected override slotNames(): readonly string[] {
    return ['exp_avg', 'exp_avg_sq']
  }

  protected override update(updates: readonly ParameterUpdate[], step: number, options: AdamWOptions): void {
    const { lr, weightDecay, eps, betas } = options
    const [beta1, beta2] = betas
    updates[0]!.parameter.backend.adamWStep(updates, { lr, weightDecay, eps, beta1, beta2, step })
  }
}
