import { ConfigError } from '../tensor/errors.js'
import type { RunConfig } from './config.js'
import { type ConfigLayer, objectLayer, readConfig } from './readConfig.js'
import { describeWeights } from './trained/openTrained.js'

/**
 * The configuration of a new run. With `init`, the model and its options are those that the file names or that its
 * weights fit, unless a layer names another model: to train weights further, the weights are enough.
 */
export function readRunConfig(...layers: readonly ConfigLayer[]): RunConfig {
  const { init, model }: Record<string, unknown> = Object.assign({}, ...layers.map(({ values }) => values))
  if (typeof init !== 'string') return readConfig(...layers)
  const found = whatFits(init)
  if (!found || (model ?? found.name) !== found.name) return readConfig(...layers)
  // What the network is told of its images comes from the images.
  const { numClasses: _, inputSize: __, ...options } = found.options
  return readConfig(objectLayer({ model: found.name, ...options }, found.file), ...layers)
}

/** Null for weights of a network that is not known, which the user has to name. */
function whatFits(path: string) {
  try {
    return describeWeights(path)
  } catch (error) {
    if (error instanceof ConfigError) return null
    throw error
  }
}
