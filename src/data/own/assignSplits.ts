import { Generator } from '../../tensor/random.js'
import type { Entry, Split } from './source.js'

/** How images are divided where the source does not say. */
export interface SplitPlan {
  /** Share of the images that is for testing where the source does not say which are: above 0; 1: all. */
  testShare: number
  /** The choice follows from it. */
  splitSeed: number
}

/** Whether a source leaves it open which images are for testing: it names no part, or that for training alone. */
export const isUndivided = (entries: readonly Entry[]): boolean =>
  entries.every(({ split }) => split === null || split === 'train')

/**
 * Which entries are for training, validation and testing: as the source says, else of each class a share for testing, drawn by seed, at
 * least one image for either part if there are two. What a source that names other parts says nothing of is for training.
 * @param labels number of the class of each entry
 */
export function assignSplits(
  entries: readonly Entry[],
  labels: Uint16Array,
  { testShare, splitSeed }: SplitPlan,
): Split[] {
  const splits = entries.map(({ split }): Split => split ?? 'train')
  if (!isUndivided(entries)) return splits
  if (testShare === 1) return splits.map(() => 'test')
  const open = new Map<number, number[]>()
  for (const i of entries.keys()) {
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
