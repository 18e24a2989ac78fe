import type { Command } from 'commander'
import { createBackend } from '../src/defaultBackend.js'
import { setBackend } from '../src/tensor/backend.js'
import { modelOptions } from '../src/train/build.js'
import { type LoadedModel, loadModel } from '../src/train/loadModel.js'
import { readConfig } from '../src/train/readConfig.js'
import { settingsLayer } from './flags.js'

/** Set the backend and load the model that a command's flags and a weights file name. */
export function openModel(command: Command, weights: string): LoadedModel {
  const settings = settingsLayer(command)
  const config = readConfig(settings)
  setBackend(createBackend(config.backend, { threads: config.threads }))
  return loadModel(weights, settings.values.model as string | undefined, modelOptions(config))
}
