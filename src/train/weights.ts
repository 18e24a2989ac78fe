import { statSync } from 'node:fs'
import { join } from 'node:path'
import { readBytes } from '../io/readBytes.js'
import { saveWeights } from '../io/safetensors.js'
import { decodeWeightsFile, type WeightsFile } from '../io/weights.js'
import type { Module } from '../nn/module.js'
import { DataError } from '../tensor/errors.js'
import type { LoadReport, StateDict } from '../tensor/stateDict.js'
import { isCheckpoint, modelPart } from './checkpointFile.js'

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
export function writeWeights(path: string, weights: StateDict, info: Readonly<Record<string, string>>): void {
  saveWeights(path, weights, { format: 'pt', ...info })
}

/**
 * All that a file of weights, a checkpoint or a run's folder (its latest weights) holds.
 * @throws DataError if there is no such file, or it is damaged
 */
export function openWeightsFile(path: string): WeightsFile & { file: string } {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
  const file = isFolder ? join(path, runFiles.model) : path
  const weights = decodeWeightsFile(readBytes(file), file)
  if (!isCheckpoint(weights.metadata)) return { ...weights, file }
  const [{ read }] = weights.parts
  return { ...weights, file, parts: [{ ...weights.parts[0], read: () => modelPart(read()) }] }
}

/**
 * Weights from a file (safetensors, `.pth` or `.pt` of PyTorch, `.npz`), from a checkpoint, or from a run's folder (its
 * latest weights), with the names as they are in it, and the metadata of safetensors.
 * @throws DataError if there is no such file, or it is damaged
 */
export function readWeights(path: string): {
  file: string
  weights: StateDict
  info: Readonly<Record<string, string>>
} {
  const { file, parts, metadata } = openWeightsFile(path)
  return { file, weights: parts[0].read(), info: metadata }
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
