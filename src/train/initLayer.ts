import type { RunConfig } from './config.js'
import { type ConfigLayer, objectLayer, readConfig } from './readConfig.js'
import { parseModelOptions, readWeights } from './weights.js'

/**
 * The configuration of a new run. With `init`, the model and its options are those that the file names, unless a layer names
 * another model: to train weights further, the weights are enough.
 */
export function readRunConfig(...layers: readonly ConfigLayer[]): RunConfig {
  const { init, model }: Record<string, unknown> = Object.assign({}, ...layers.map(({ values }) => values))
  if (typeof init !== 'string') return readConfig(...layers)
  const { file, info } = readWeights(init)
  if (info.model === undefined || (model ?? info.model) !== info.model) return readConfig(...layers)
  // What the network is told of its images comes from the images.
  const { numClasses: _, inputSize: __, ...options } = parseModelOptions(info, file)
  return readConfig(objectLayer({ model: info.model, ...options }, file), ...layers)
}
