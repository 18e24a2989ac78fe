import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import { z } from 'zod'
import { temporaryName } from '../io/atomic.js'
import { toBytes } from '../io/dtypes.js'
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
  /** Slow weights; null without any. */
  lookahead: StateDict | null
  record: CheckpointRecord
}

/** What a checkpoint holds besides tensors. */
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
  /** Where these lie, whatever folder the run was started in. */
  dataPath?: string | undefined
}

const recordSchema = z.object({
  config: z.record(z.string(), z.unknown()),
  progress: progressSchema,
  generator: z.array(z.number()),
  logs: z.record(z.string(), z.number()),
  backend: z.string(),
  version: z.string(),
  dataDigest: z.string().optional(),
  dataPath: z.string().optional(),
})

const kind = 'ghostgrad-checkpoint'

export const isCheckpoint = (metadata: Record<string, string>): boolean => metadata.kind === kind

/** The model's tensors of those in a checkpoint. */
export const modelPart = (tensors: StateDict): StateDict => withoutPrefix(tensors, 'model.')

/** Where the checkpoint before the one at `path` is kept. */
export const previousCheckpoint = (path: string): string => path.replace(/(\.[^.]+)?$/, '.previous$1')

/**
 * Write a checkpoint: the old one stays whole until the new one is, and then beside it, in case the new one is damaged later.
 * `info` helps whoever reads its weights alone.
 */
export function writeCheckpoint(path: string, checkpoint: Checkpoint, info: Record<string, string>): void {
  const { model, optimizer, ema, lookahead, record } = checkpoint
  const tensors = {
    ...withPrefix(model, 'model.'),
    ...withPrefix(optimizer, 'optimizer.'),
    ...withPrefix(ema ?? {}, 'ema.'),
    ...withPrefix(lookahead ?? {}, 'lookahead.'),
  }
  const metadata = { kind, ...info, record: JSON.stringify(record) }
  keepPrevious(path)
  saveWeights(path, tensors, { ...metadata, sha256: digest(tensors, metadata) })
}

/**
 * Give the old file a second name; there is no moment without a whole file under either.
 * @throws DataError if the folder cannot be written
 */
function keepPrevious(path: string): void {
  if (!existsSync(path)) return
  const temporary = temporaryName(path)
  try {
    rmSync(temporary, { force: true })
    linkOrCopy(path, temporary)
    renameSync(temporary, previousCheckpoint(path))
    rmSync(temporary, { force: true }) // renaming one name of a file to another of its names leaves both
  } catch (error) {
    throw new DataError(`${path}: cannot be kept beside the next one (${(error as Error).message})`)
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to) // a file system without links
  }
}

/** SHA-256 of all that a checkpoint holds. */
function digest(tensors: StateDict, metadata: Record<string, string>): string {
  const hash = createHash('sha256').update(JSON.stringify(byName(metadata)))
  for (const [name, { dtype, shape, data }] of byName(tensors)) {
    hash.update(JSON.stringify([name, dtype, shape])).update(toBytes(data))
  }
  return hash.digest('hex')
}

const byName = <V>(entries: Record<string, V>): [string, V][] =>
  Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))

/** @throws DataError if there is no such file, it is damaged or not a checkpoint */
export function readCheckpoint(path: string): Checkpoint {
  const { tensors, metadata } = loadSafetensors(path)
  if (!isCheckpoint(metadata)) {
    throw new DataError(`${path}: expected a checkpoint (checkpoint.safetensors of a run), got other tensors`)
  }
  const { sha256, ...signed } = metadata
  if (digest(tensors, signed) !== sha256) {
    throw new DataError(`${path}: damaged: its content is not what was saved (the checksum differs)`)
  }
  const part = (prefix: string): StateDict | null => {
    const dict = withoutPrefix(tensors, prefix)
    return Object.keys(dict).length > 0 ? dict : null
  }
  return {
    model: modelPart(tensors),
    optimizer: withoutPrefix(tensors, 'optimizer.'),
    ema: part('ema.'),
    lookahead: part('lookahead.'),
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
