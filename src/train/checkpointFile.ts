import { z } from 'zod'
import { loadSafetensors, saveWeights } from '../io/safetensors.js'
import { DataError } from '../tensor/errors.js'
import type { StateDict } from '../tensor/stateDict.js'
import { type Progress, progressSchema } from './progress.js'

/**
 * The checkpoint file: one safetensors file, so that nothing in it can run and any tool can look inside. Its tensors are those of
 * the model, the optimizer and the average, each under a prefix; all else is JSON in its metadata.
 */
export interface Checkpoint {
  model: StateDict
  optimizer: StateDict
  /** Null without an average. */
  ema: StateDict | null
  record: CheckpointRecord
}

export interface CheckpointRecord {
  /** Of the run; goes through the run's schema again when it is read. */
  config: Record<string, unknown>
  progress: Progress
  /** The state of the generator that dropout draws from. */
  generator: number[]
  /** Bytes of each log that belong to the run up to here. */
  logs: Record<string, number>
  /** What computed it. */
  backend: string
  version: string
  /** Of the images, if they are the user's own. */
  dataDigest?: string | undefined
}

const recordSchema = z.object({
  config: z.record(z.string(), z.unknown()),
  progress: progressSchema,
  generator: z.array(z.number()),
  logs: z.record(z.string(), z.number()),
  backend: z.string(),
  version: z.string(),
  dataDigest: z.string().optional(),
})

const kind = 'ghostgrad-checkpoint'

export const isCheckpoint = (metadata: Record<string, string>): boolean => metadata.kind === kind

/** The model's tensors of those in a checkpoint. */
export const modelPart = (tensors: StateDict): StateDict => withoutPrefix(tensors, 'model.')

/** Write a checkpoint: the old one stays whole until the new one is. `info` helps whoever reads its weights alone. */
export function writeCheckpoint(path: string, checkpoint: Checkpoint, info: Record<string, string>): void {
  const { model, optimizer, ema, record } = checkpoint
  const tensors = {
    ...withPrefix(model, 'model.'),
    ...withPrefix(optimizer, 'optimizer.'),
    ...withPrefix(ema ?? {}, 'ema.'),
  }
  saveWeights(path, tensors, { kind, ...info, record: JSON.stringify(record) })
}

/** @throws DataError if there is no such file, it is damaged or not a checkpoint */
export function readCheckpoint(path: string): Checkpoint {
  const { tensors, metadata } = loadSafetensors(path)
  if (!isCheckpoint(metadata)) {
    throw new DataError(`${path}: expected a checkpoint (checkpoint.safetensors of a run), got other tensors`)
  }
  const ema = withoutPrefix(tensors, 'ema.')
  return {
    model: modelPart(tensors),
    optimizer: withoutPrefix(tensors, 'optimizer.'),
    ema: Object.keys(ema).length > 0 ? ema : null,
    record: parseRecord(path, metadata.record),
  }
}

function parseRecord(path: string, json: string | undefined): CheckpointRecord {
  try {
    return recordSchema.parse(JSON.parse(json ?? ''))
  } catch {
    throw new DataError(`${path}: the record in this checkpoint is damaged, or of another version of ghostgrad`)
  }
}

const withPrefix = (dict: StateDict, prefix: string): StateDict =>
  Object.fromEntries(Object.entries(dict).map(([name, value]) => [prefix + name, value]))

const withoutPrefix = (dict: StateDict, prefix: string): StateDict =>
  Object.fromEntries(
    Object.entries(dict)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  )
