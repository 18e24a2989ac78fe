import type { ModelOptions } from '../models/options.js'
import { createModel } from '../models/registry.js'
import type { Module } from '../nn/module.js'
import { ConfigError } from '../tensor/errors.js'
import type { LoadReport } from '../tensor/stateDict.js'
import { applyFitting, applyWeights, parseModelOptions, readWeights, type WeightsInfo } from './weights.js'

/** A network with its weights, and where they came from. */
export interface LoadedModel {
  model: Module
  /** Its name in the registry, and the options it was made with. */
  name: string
  options: ModelOptions
  /** The file that the weights came from. */
  file: string
  info: WeightsInfo
}

/**
 * A trained model from a weights file, a checkpoint or a run's folder, in evaluation mode. A file of ghostgrad's says which model it
 * is for; for another one `name` must.
 * @param options of the model; they win over those in the file
 */
export function loadModel(path: string, name?: string, options: ModelOptions = {}): LoadedModel {
  const { loaded, weights } = prepare(path, name, options)
  applyWeights(loaded.model, weights, loaded.file)
  return loaded
}

/** A network with foreign weights, and what did not fit. */
export interface ImportedModel extends LoadedModel {
  /** What did not fit. What is missing, or has another shape, has its initial values. */
  report: LoadReport
  /** Tensors of the file that were taken. */
  taken: number
}

/** As `loadModel`, but takes what fits and says what does not. */
export function importModel(path: string, name?: string, options: ModelOptions = {}): ImportedModel {
  const { loaded, weights } = prepare(path, name, options)
  const report = applyFitting(loaded.model, weights)
  const taken = Object.keys(weights).length - report.unexpected.length - report.wrongShape.length
  return { ...loaded, report, taken }
}

function prepare(path: string, name: string | undefined, options: ModelOptions) {
  const { file, weights, info } = readWeights(path)
  const wanted = name ?? info.model
  if (wanted === undefined) {
    throw new ConfigError(`${file} does not say which model its weights are for: name it by --model NAME`)
  }
  const own = wanted === info.model ? parseModelOptions(info, file) : {}
  const all = { ...own, ...options }
  const model = createModel(wanted, { ...all, seed: 0 }).eval()
  const loaded: LoadedModel = { model, name: wanted, options: all, file, info }
  return { loaded, weights }
}
