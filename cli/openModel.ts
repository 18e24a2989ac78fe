import type { Command } from 'commander'
import { createBackend } from '../src/defaultBackend.js'
import type { ModelOptions } from '../src/models/options.js'
import { setBackend } from '../src/tensor/backend.js'
import { modelOptions } from '../src/train/build.js'
import { weightsPath } from '../src/train/latestRun.js'
import { type LoadedModel, loadModel } from '../src/train/loadModel.js'
import { readConfig } from '../src/train/readConfig.js'
import { addSettings, settingsLayer } from './flags.js'

/** Set the backend that a command's flags name. @returns the model and its options that they name, for `loadModel` */
export function modelSettings(command: Command): [name: string | undefined, options: ModelOptions] {
  const settings = settingsLayer(command)
  const config = readConfig(settings)
  setBackend(createBackend(config.backend, { threads: config.threads }))
  return [settings.values.model as string | undefined, modelOptions(config)]
}

/** Set the backend and load the model that a command's flags and a weights file name. */
export const openModel = (command: Command, weights: string): LoadedModel =>
  loadModel(weights, ...modelSettings(command))

/**
 * The flags of a command that works on trained weights: where they are, and, for files that do not say it themselves, the network that they
 * are for.
 */
export function addWeights(command: Command): void {
  const help =
    "a run's folder, a weights file (safetensors, pth, npz), or latest: the last run in runs/ (latest:NAME: by its name)"
  command.requiredOption('--weights <path>', help, weightsPath)
  addSettings(command, ['model', 's', 'd', 'ghostFirst', 'channels', 'width'])
}

/** The data set, if a flag names it. */
export function dataSetting(command: Command): { data?: string } {
  const { data } = settingsLayer(command).values
  return data === undefined ? {} : { data: data as string }
}
