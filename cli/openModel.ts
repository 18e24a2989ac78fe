import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { createBackend } from '../src/defaultBackend.js'
import { setBackend } from '../src/tensor/backend.js'
import { ConfigError } from '../src/tensor/errors.js'
import { modelOptions } from '../src/train/build.js'
import type { ConfigKey } from '../src/train/config.js'
import { weightsPath } from '../src/train/latestRun.js'
import { readConfig } from '../src/train/readConfig.js'
import { readClassList } from '../src/train/trained/facts.js'
import { type LoadedModel, openTrained, type TrainedOverrides } from '../src/train/trained/openTrained.js'
import { say } from './errors.js'
import { addSettings, settingsLayer, wholeFlag } from './flags.js'

/** The settings that say which network weights are for. */
export const modelKeys: readonly ConfigKey[] = ['model', 's', 'd', 'ghostFirst', 'channels', 'width', 'groups']

interface WeightsFlags {
  classes?: string
  inputSize?: string
  cropShare?: string
  stateDict?: string
  match?: 'names' | 'order'
}

/** Set the backend that a command's flags name. @returns what they say of weights, for `openTrained` */
export function weightsSettings(command: Command): TrainedOverrides {
  const settings = settingsLayer(command)
  const config = readConfig(settings)
  setBackend(createBackend(config.backend, { threads: config.threads }))
  const { classes, inputSize, cropShare, stateDict, match } = command.opts<WeightsFlags>()
  return {
    model: settings.values.model as string | undefined,
    options: modelOptions(config),
    mean: config.mean,
    std: config.std,
    classes: classes === undefined ? undefined : classList(classes),
    inputSize: inputSize === undefined ? undefined : wholeFlag('--input-size', inputSize),
    cropShare: cropShare === undefined ? undefined : shareFlag('--crop-share', cropShare),
    stateDict,
    byOrder: match === 'order',
  }
}

/** Set the backend and load the model that a command's flags and a weights file name; what was assumed is said. */
export function openModel(command: Command, weights: string): LoadedModel {
  const loaded = openTrained(weights, weightsSettings(command))
  for (const note of loaded.notes) say(`${loaded.file}: ${note}`)
  return loaded
}

function shareFlag(flag: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value <= 1) return value
  throw new ConfigError(`${flag}: expected a number above 0, up to 1, got "${text}"`)
}

/** A file with a name a line (or JSON), or the names themselves. */
const classList = (text: string): string[] =>
  existsSync(text) ? readClassList(text) : text.split(',').map((name) => name.trim())

/**
 * The flags of a command that works on trained weights: where they are, and, for files that do not say it themselves,
 * the network that they are for and the images that it takes.
 */
export function addWeights(command: Command): void {
  const help =
    "a run's folder, a weights file (safetensors, pth, npz), or latest: the last run in runs/ (latest:NAME: by its name)"
  command.requiredOption('--weights <path>', help, weightsPath)
  addWeightsSettings(command)
}

/** For weights that do not say it themselves: the network that they are for, and its images. */
export function addWeightsSettings(command: Command): void {
  command
    .option(
      '--classes <file>',
      'names of the classes: a file with one a line (or JSON), or a,b,c (default: what the weights say)',
    )
    .option('--input-size <n>', 'height and width of the images that the network takes, pixels (default: likewise)')
    .option(
      '--crop-share <n>',
      "share of an image's side that is left around its centre, such as 0.875 (default: likewise)",
    )
    .option('--state-dict <name>', 'which dictionary of a checkpoint is taken, such as state_dict_ema')
    .addOption(
      new Option('--match <how>', 'how tensors of other tools find their places: by names, or by order and shape')
        .choices(['names', 'order'])
        .default('names'),
    )
  addSettings(command, [...modelKeys, 'mean', 'std'])
}

/** The data set, if a flag names it. */
export function dataSetting(command: Command): { data?: string } {
  const { data } = settingsLayer(command).values
  return data === undefined ? {} : { data: data as string }
}
