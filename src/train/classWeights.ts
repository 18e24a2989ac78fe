import { readFileSync } from 'node:fs'
import type { ImageDataset } from '../data/dataset.js'
import { ConfigError, DataError } from '../tensor/errors.js'
import type { RunConfig } from './config.js'

/** The setting with the numbers of its file in place of the name, so that a run does not depend on the file. */
export function withClassWeights(config: RunConfig): RunConfig {
  const { classWeights } = config
  if (typeof classWeights !== 'string' || classWeights === 'balanced') return config
  return { ...config, classWeights: readNumbers(classWeights) }
}

/**
 * One number a class. `balanced`: images / (classes · images of the class), as scikit-learn has it.
 * @param indexes of the training images
 * @throws ConfigError if there is not one for each class, or a class has no image to balance by
 */
export function classWeightsOf(
  setting: NonNullable<RunConfig['classWeights']>,
  { name, classes, labels }: ImageDataset,
  indexes: Int32Array,
): readonly number[] {
  if (typeof setting !== 'string') {
    if (setting.length === classes.length) return setting
    throw new ConfigError(
      `classWeights: expected ${classes.length} numbers, one for each class of ${name}, got ${setting.length}`,
    )
  }
  const counts = new Array<number>(classes.length).fill(0)
  for (const i of indexes) counts[labels[i]!]!++
  const empty = counts.indexOf(0)
  if (empty >= 0) throw new ConfigError(`classWeights: there is no training image of ${classes[empty]} to balance by`)
  return counts.map((count) => indexes.length / (classes.length * count))
}

/** Positive numbers apart by commas, spaces or lines; JSON will do. */
function readNumbers(file: string): number[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new DataError(`classWeights: cannot read the file ${file} (${(error as NodeJS.ErrnoException).code})`)
  }
  const words = text.split(/[\s,[\]]+/).filter((word) => word !== '')
  const wrong = words.find((word) => !(Number(word) > 0 && Number.isFinite(Number(word))))
  if (wrong !== undefined) throw new DataError(`${file}: expected positive numbers, one a class, got "${wrong}"`)
  return words.map(Number)
}
