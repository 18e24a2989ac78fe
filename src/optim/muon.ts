import type { ParameterUpdate } from '../tensor/backend.js'
import { knownOptions } from '../tensor/errors.js'
import type { NdArray } from '../tensor/ndarray.js'
import { sizeOf } from '../tensor/shape.js'
import { requireOption } from './check.js'
import { orthogonalize } from './newtonSchulz.js'
import { Optimizer, type OptimizerOptions, type OptimizerParams } from './optimizer.js'

/** Settings of `Muon`. */
export interface MuonOptions extends OptimizerOptions {
  /** Share of the last update that is kept; default 0.95, as torch.optim.Muon. */
  momentum: number
  /** Look one momentum step ahead (Nesterov); default true. */
  nesterov: boolean
  /** Newton–Schulz steps; default 3, as in Jordan's recipes for CIFAR-10 (torch.optim.Muon: 5). */
  nsSteps: number
  /**
   * Scale each weight to the Euclidean norm √rows before it is updated, for networks where batch norm undoes the scale;
   * default false.
   */
  normalize: boolean
}

const defaults: MuonOptions = { lr: 0.02, momentum: 0.95, nesterov: true, nsSteps: 3, normalize: false, weightDecay: 0 }

/**
 * Momentum orthogonalized by Newton–Schulz (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon), for the
 * weights of hidden layers: each is a matrix of as many rows as it has outputs, and its update nearly one whose
 * singular values are all 1.
 *
 *     b ← momentum · b + g,   u = nesterov ? g + momentum · b : b
 *     p ← p · √rows / ‖p‖                                                                     with `normalize`
 *     p ← p · (1 − lr · weightDecay) − lr · √max(1, rows / columns) · orthogonalize(u)
 *
 * As torch.optim.Muon (`adjust_lr_fn="original"`), in float32 in place of bfloat16, and for any rank of at least 2.
 * There the buffer is (1 − momentum) · b, which gives the same update, as `orthogonalize` does not depend on the scale.
 */
export class Muon extends Optimizer<MuonOptions> {
  constructor(params: OptimizerParams<MuonOptions>, options: Partial<MuonOptions> = {}) {
    super(params, { ...defaults, ...knownOptions('Muon', options, Object.keys(defaults)) })
    for (const { params } of this.groups) {
      for (const [name, { rank }] of params) requireOption(rank >= 2, 'Muon', `"${name}" to have rank >= 2`, rank)
    }
  }

  protected override check(options: MuonOptions): void {
    super.check(options)
    const { momentum, nsSteps } = options
    requireOption(momentum >= 0 && momentum < 1, 'Muon', '0 <= momentum < 1', momentum)
    requireOption(Number.isInteger(nsSteps) && nsSteps >= 1, 'Muon', 'nsSteps to be a whole number >= 1', nsSteps)
  }

  protected override slotNames(): readonly string[] {
    return ['momentum_buffer']
  }

  protected override update(updates: readonly ParameterUpdate[], _: number, options: MuonOptions): void {
    for (const update of updates) updateOne(update, options)
  }
}

function updateOne({ parameter: p, gradient, state }: ParameterUpdate, options: MuonOptions): void {
  const { lr, momentum, nesterov, nsSteps, normalize, weightDecay } = options
  const { backend } = p
  const buffer = state[0]!
  backend.scale(buffer, momentum)
  backend.accumulate(buffer, gradient)
  const step = nesterov ? backend.affine(buffer, momentum, 0) : buffer
  if (nesterov) backend.accumulate(step, gradient)
  const [rows, columns] = [p.shape[0]!, sizeOf(p.shape.slice(1))]
  const direction = orthogonalize(backend.reshape(step, [rows, columns]), nsSteps)
  const kept = (normalize ? normFactor(p, rows) : 1) * (1 - lr * weightDecay)
  if (kept !== 1) backend.scale(p, kept)
  const length = -lr * Math.sqrt(Math.max(1, rows / columns))
  backend.accumulate(p, backend.reshape(backend.affine(direction, length, 0), p.shape))
}

/** What p is multiplied by to have the norm √rows; one that is zero stays so. */
function normFactor(p: NdArray, rows: number): number {
  const norm = Math.sqrt(p.backend.sumOfSquares(p))
  return norm > 0 ? Math.sqrt(rows) / norm : 1
}
