import { statSync } from 'node:fs'
import { join } from 'node:path'
import { saveWeights } from '../io/safetensors.js'
import { loadWeightsFile } from '../io/weights.js'
import type { ModelOptions } from '../models/options.js'
import type { Module } from '../nn/module.js'
import { DataError } from '../tensor/errors.js'
import type { LoadReport, StateDict } from '../tensor/stateDict.js'
import { isCheckpoint, modelPart } from './checkpointFile.js'

/** What a weights file says of itself; each entry may be missing, as files come from elsewhere too. */
export interface WeightsInfo {
  /** A name that `createModel` knows. */
  model?: string
  /** Its options, as JSON. */
  modelOptions?: string
  /** The data set it was trained on. */
  data?: string
  /** Names of the classes, mean and standard deviation of each channel, as JSON: see `readInputFormat`. */
  classes?: string
  mean?: string
  std?: string
  /** Height and width of the images, pixels. */
  inputSize?: string
  /** How images of the user's own were divided, if they were by seed. */
  testShare?: string
  splitSeed?: string
  /** `true` where images that cannot be read were left out. */
  skipBad?: string
  /** The list of labels and the columns that were named, of images of the user's own. */
  labels?: string
  labelColumn?: string
  imageColumn?: string
  /** Epochs done. */
  epoch?: string
}

/** What a file says of the images, for weights that are made from its own. */
export function imageFacts(info: WeightsInfo): WeightsInfo {
  const own = ['testShare', 'splitSeed', 'skipBad', 'labels', 'labelColumn', 'imageColumn'] as const
  const keys = ['data', 'classes', 'mean', 'std', 'inputSize', ...own] as const
  return Object.fromEntries(keys.flatMap((key) => (info[key] === undefined ? [] : [[key, info[key]]])))
}

/** Names of the files in a run's folder. */
export const runFiles = {
  checkpoint: 'checkpoint.safetensors',
  /** The latest weights and those of the best epoch: state dicts, as PyTorch would save them. */
  model: 'model.safetensors',
  best: 'best.safetensors',
  config: 'config.yaml',
  metrics: 'metrics.csv',
  steps: 'steps.jsonl',
  /** Of TensorBoard, which knows such files by the middle of their names. */
  events: 'events.out.tfevents.ghostgrad',
  sessions: 'sessions.jsonl',
} as const

/** Save a state dict as other tools read it: `safetensors.torch.load_file` gives what `load_state_dict` takes. */
export function writeWeights(path: string, weights: StateDict, info: WeightsInfo): void {
  saveWeights(path, weights, { format: 'pt', ...info })
}

/**
 * Weights from a file (safetensors, `.pth` or `.pt` of PyTorch, `.npz`), from a checkpoint, or from a run's folder (its latest weights).
 * @throws DataError if there is no such file, or it is damaged
 */
export function readWeights(path: string): { file: string; weights: StateDict; info: WeightsInfo } {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  const file = isFolder ? join(path, runFiles.model) : path
  const { tensors, metadata } = loadWeightsFile(file)
  return { file, weights: isCheckpoint(metadata) ? modelPart(tensors) : tensors, info: metadata }
}

/** The options of the model that a weights file is for. @throws DataError if they are damaged */
export function parseModelOptions(info: WeightsInfo, file: string): ModelOptions {
  try {
    return JSON.parse(info.modelOptions ?? '{}') as ModelOptions
  } catch {
    throw new DataError(`${file}: the model options in its metadata are damaged`)
  }
}

/**
 * Put weights into a model. Counters of batches, which older files lack, may be missing.
 * @param source the file, for the message
 * @throws DataError that says what does not fit
 */
export function applyWeights(model: Module, weights: StateDict, source: string): void {
  const { missing, unexpected, wrongShape } = applyFitting(model, weights)
  const lists = [few('missing', missing), few('unexpected', unexpected), few('wrong shape', wrongShape)]
  const problems = lists.filter((list) => list !== null)
  if (problems.length === 0) return
  throw new DataError(
    `${source}: the weights do not fit the model: ${problems.join('; ')} (ghostgrad import ${source} lists all)`,
  )
}

/** Put into a model what fits, as PyTorch's `load_state_dict(strict=False)`. @returns what does not */
export function applyFitting(model: Module, weights: StateDict): LoadReport {
  const report = model.loadStateDict(weights, { strict: false })
  return { ...report, missing: report.missing.filter((name) => !name.endsWith('num_batches_tracked')) }
}

/** `missing fc.weight, fc.bias, conv1.weight and 12 more` */
function few(what: string, names: readonly string[]): string | null {
  if (names.length === 0) return null
  const more = names.length > 3 ? ` and ${names.length - 3} more` : ''
  return `${what} ${names.slice(0, 3).join(', ')}${more}`
}
