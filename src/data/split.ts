import { ConfigError } from '../tensor/errors.js'
import { Generator } from '../tensor/random.js'
import type { ImageDataset } from './dataset.js'

/** No epoch draws from this stream of the seed. */
const splitStream = -1

/** Indexes of a data set in two parts, each ascending. */
export interface Split {
  train: Int32Array
  validation: Int32Array
}

/**
 * Hold out a share of a data set for validation: of each class the same share, rounded, drawn by the seed.
 * @param share 0 … 1, both excluded
 * @throws ConfigError if that leaves one of the parts empty
 */
export function stratifiedSplit({ name, labels, classes, count }: ImageDataset, share: number, seed: number): Split {
  const generator = new Generator(seed, splitStream)
  const validation = new Set<number>()
  for (const label of classes.keys()) {
    const own = generator.shuffle(allIndexes(count).filter((i) => labels[i] === label))
    for (const i of own.subarray(0, Math.round(share * own.length))) validation.add(i)
  }
  const split = {
    train: allIndexes(count).filter((i) => !validation.has(i)),
    validation: allIndexes(count).filter((i) => validation.has(i)),
  }
  if (split.train.length > 0 && split.validation.length > 0) return split
  throw new ConfigError(
    `valSplit: ${share} of the ${count} images of ${name} leaves ${split.train.length} for training and ` +
      `${split.validation.length} for validation: expected some of each`,
  )
}

/** `count` indexes drawn by the seed, for a look at few images. */
export function someIndexes(among: Int32Array, count: number, seed: number): Int32Array {
  return new Generator(seed, splitStream).shuffle(among.slice()).subarray(0, count).sort()
}

export const allIndexes = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i)
