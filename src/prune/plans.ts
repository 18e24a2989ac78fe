import { createModel } from '../models/registry.js'
import { withBackend } from '../tensor/backend.js'
import { ConfigError } from '../tensor/errors.js'
import { MetaBackend } from '../tensor/meta/metaBackend.js'
import { countToKeep } from './l1.js'
import { prunableLayers } from './layers.js'

/** How much of each prunable layer of a network goes. */
export interface PruningPlan {
  name: string
  /** Of the network, in the registry. */
  model: string
  /** Shares of the filters to take away, in the order of the network's option `channels`. */
  fractions: readonly number[]
}

/** Half of the filters of convolutions 1 and 8 to 13. */
const vgg16A = Array.from({ length: 13 }, (_, i) => (i === 0 || i >= 7 ? 0.5 : 0))

/**
 * Of a ResNet's three stages these shares, except in the layers of `skip`. Layers are counted as in the paper: 1 is the convolution
 * before the blocks, so the first ones of the blocks are 2, 4, 6, …
 */
const byStage = (depth: number, shares: readonly [number, number, number], skip: readonly number[]): number[] => {
  const blocks = (depth - 2) / 2
  return Array.from({ length: blocks }, (_, i) =>
    skip.includes(2 * i + 2) ? 0 : shares[Math.floor((3 * i) / blocks)]!,
  )
}

/** Networks of Li et al. 2017 (https://arxiv.org/abs/1608.08710), sections 4.1 and 4.2, which the GhostNet paper compares with. */
export const pruningPlans: readonly PruningPlan[] = [
  { name: 'vgg16-A', model: 'vgg16', fractions: vgg16A },
  {
    name: 'resnet56-B',
    model: 'resnet56',
    fractions: byStage(56, [0.6, 0.3, 0.1], [16, 18, 20, 34, 38, 54]),
  },
]

/** @throws ConfigError that lists the plans, if there is none of this name, or it is for another network */
export function findPlan(name: string, model: string): PruningPlan {
  const plan = pruningPlans.find((candidate) => candidate.name === name)
  const known = pruningPlans.map((candidate) => `${candidate.name} (of ${candidate.model})`).join(', ')
  if (!plan) throw new ConfigError(`unknown pruning plan "${name}"; known: ${known}`)
  if (plan.model !== model)
    throw new ConfigError(`plan ${name} is for ${plan.model}, got weights of ${model}; known: ${known}`)
  return plan
}

/** The network's option `channels` after a plan. */
export function channelsAfter({ model, fractions }: PruningPlan): number[] {
  const network = withBackend(new MetaBackend(), () => createModel(model))
  const shapes = new Map(Array.from(network.namedParameters(), ([name, { shape }]) => [name, shape]))
  return prunableLayers(network).map(({ conv }, i) => countToKeep(shapes.get(`${conv}.weight`)![0]!, fractions[i]!))
}
