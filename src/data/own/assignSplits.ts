import { Generator } from '../../tensor/random.js'
import type { Entry, Split } from './source.js'

/** How images are divided where the source does not say. */
export interface SplitPlan {
  /** Share of the images that is for testing where the source does not say which are, above 0, below 1. */
  testShare: number
  /** The choice follows from it. */
  splitSeed: number
}

/**
 * Which entries are for training and which for testing: as the source says, else of each class a share drawn by seed, at least one
 * image for either part if there are two.
 * @param labels number of the class of each entry
 */
export function assignSplits(
  entries: readonly Entry[],
  labels: Uint16Array,
  { testShare, splitSeed }: SplitPlan,
): Split[] {
  const splits = entries.map(({ split }): Split => split ?? 'train')
  const open = new Map<number, number[]>()
  for (const [i, { split }] of entries.entries()) {
    if (split !== null) continue
    const members = open.get(labels[i]!) ?? []
    members.push(i)
    open.set(labels[i]!, members)
  }
  for (const [label, members] of open) {
    const most = Math.max(0, members.length - 1)
    const count = Math.min(most, Math.max(1, Math.round(testShare * members.length)))
    for (const i of new Generator(splitSeed, label).shuffle(members).slice(0, count)) splits[i] = 'test'
  }
  return splits
}
