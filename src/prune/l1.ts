import { sizeOf } from '../tensor/shape.js'
import type { StateDict, StateValue } from '../tensor/stateDict.js'
import type { PrunableLayer } from './layers.js'

/** Σ |w| of each filter. weight (K, C, R, S) → K sums */
export function l1Norms({ shape, data }: StateValue): number[] {
  const size = data.length / shape[0]!
  return Array.from({ length: shape[0]! }, (_, k) => {
    let sum = 0
    for (let i = k * size; i < (k + 1) * size; i++) sum += Math.abs(data[i]!)
    return sum
  })
}

/** How many of `n` filters stay when this share of them, 0 … 1, goes: ⌊n · (1 − fraction)⌋, at least one. */
export const countToKeep = (n: number, fraction: number): number => Math.max(1, Math.floor(n * (1 - fraction)))

/** The filters that stay when a share goes, those with the smallest norms first; of equals the later ones. Indexes, ascending. */
export function filtersToKeep(norms: readonly number[], fraction: number): number[] {
  const count = countToKeep(norms.length, fraction)
  const ranked = Array.from(norms.keys()).sort((a, b) => norms[b]! - norms[a]! || a - b)
  return ranked.slice(0, count).sort((a, b) => a - b)
}

/**
 * Take the filters with the smallest L1 norms out of a network: Li et al., Pruning Filters for Efficient ConvNets, ICLR 2017
 * (https://arxiv.org/abs/1608.08710), section 3.1. With a filter go its map's entries in the batch norm and the weights that read
 * the map in the next layer. Every layer is ranked by its weights in the whole network, whatever goes elsewhere ("independent"
 * pruning in section 3.3).
 * @param fractions of the filters to take away, one a layer
 * @returns the state of the smaller network, and for each layer the filters that it keeps, ascending
 */
export function pruneL1(
  state: StateDict,
  layers: readonly PrunableLayer[],
  fractions: readonly number[],
): { state: StateDict; kept: number[][] } {
  const pruned = { ...state }
  const kept = layers.map(({ conv, norm, next }, i) => {
    const indexes = filtersToKeep(l1Norms(state[`${conv}.weight`]!), fractions[i]!)
    const cut = (name: string, axis: number) => {
      pruned[name] = takeAlong(axis, pruned[name]!, indexes)
    }
    cut(`${conv}.weight`, 0)
    for (const entry of ['weight', 'bias', 'running_mean', 'running_var']) cut(`${norm}.${entry}`, 0)
    cut(`${next}.weight`, 1)
    return indexes
  })
  return { state: pruned, kept }
}

/** The entries at `indexes` of one axis. */
function takeAlong(axis: number, { dtype, shape, data }: StateValue, indexes: readonly number[]): StateValue {
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))]
  const length = shape[axis]!
  const taken = new Float32Array(outer * indexes.length * inner)
  let at = 0
  for (let o = 0; o < outer; o++) {
    for (const index of indexes) {
      const start = (o * length + index) * inner
      taken.set(data.subarray(start, start + inner), at)
      at += inner
    }
  }
  return { dtype, shape: shape.with(axis, indexes.length), data: taken }
}
