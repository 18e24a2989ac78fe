import type { NamedTensor } from './namedTensors.js'
import type { GroupOptions, OptimizerOptions } from './optimizer.js'

/** Which parameters `decayGroups` spares. */
export interface DecayGroupsOptions {
  /**
   * Which parameters weight decay leaves alone: none, as torch.optim does (default), or those of rank 1 and less: biases, and
   * the scales and shifts of batch norm (He et al. 2019, https://arxiv.org/abs/1812.01187, section 3.1).
   */
  exempt?: 'none' | 'norm-and-bias'
}

/**
 * Parameter groups with and without weight decay, for an optimizer.
 * @example new SGD(decayGroups(model.namedParameters(), 5e-4, { exempt: 'norm-and-bias' }), { lr: 0.1 })
 */
export function decayGroups(
  named: Iterable<NamedTensor>,
  weightDecay: number,
  { exempt = 'none' }: DecayGroupsOptions = {},
): (GroupOptions<OptimizerOptions> & { params: NamedTensor[] })[] {
  const decayed: NamedTensor[] = []
  const spared: NamedTensor[] = []
  for (const pair of named) (exempt === 'norm-and-bias' && pair[1].rank <= 1 ? spared : decayed).push(pair)
  const groups = [
    { params: decayed, weightDecay },
    { params: spared, weightDecay: 0 },
  ]
  return groups.filter(({ params }) => params.length > 0)
}
