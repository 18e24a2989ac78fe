import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '../../tensor/errors.js'
import { cacheFolder } from '../cache.js'
import type { DatasetSplits } from '../cifar10.js'
import type { ImageDataset } from '../dataset.js'
import type { ImageSize } from '../decodeImage.js'
import type { OnProgress } from '../progress.js'
import { assignSplits, isUndivided, type SplitPlan } from './assignSplits.js'
import { checkClasses, checkMemory, chooseSize } from './checkSource.js'
import { decodeSource } from './decodeSource.js'
import { readImages, removeOlder, type StoredImages, writeImages } from './imageStore.js'
import { openSource, type SourceOptions } from './openSource.js'
import { type BadImage, type Source, type Split, sortClasses } from './source.js'
import { toSplits } from './splits.js'

/** How own images are read. */
export interface OwnOptions extends SplitPlan, SourceOptions {
  /** Height and width that images are brought to; default: those of the arrays, else 32. */
  imageSize?: number
  /** Go on without images that cannot be read. */
  skipBad: boolean
  dataDir?: string
  onProgress: OnProgress
}

/** What was found. */
export interface OwnReport {
  kind: string
  /** Whether nothing said what is for testing, so that the images were divided. */
  isDivided: boolean
  height: number
  width: number
  /** Images that can be used. */
  classes: { name: string; train: number; val: number; test: number }[]
  /** What was assumed or chosen: columns, lists, how the images are divided. */
  notes: string[]
  /** Width and height that the images had, by area: the smallest, the one in the middle, the largest. */
  sizes: StoredImages['facts']['sizes']
  bad: BadImage[]
  passedOver: Readonly<Record<string, number>>
  mean: number[]
  std: number[]
  /** Where the decoded images are kept; null: nowhere. */
  cacheFile: string | null
}

export type OwnData = DatasetSplits & { report: OwnReport }

/**
 * Images of the user's own, in any of the forms of `openSource`. They are decoded once, several at a time, to squares of one size, and kept in the cache until a file changes.
 * @throws DataError if there is nothing to train on, an image cannot be read and `skipBad` is not set, or it would not fit into memory
 */
export async function loadOwn(path: string, options: OwnOptions): Promise<OwnData> {
  const source = await openSource(path, options)
  const classes = source.classes ?? sortClasses(source.entries.map(({ label }) => label))
  checkClasses(path, source, classes)
  const size = chooseSize(source, options.imageSize)
  checkMemory(path, source.entries.length, size)
  const labels = labelNumbers(source, classes)
  const splits = assignSplits(source.entries, labels, options)
  const key = keyOf(source, classes, size, splits)
  const isStored = source.size?.height !== size.height || source.size.width !== size.width
  const cacheFile = isStored ? await cachePath(path, size, options, key) : null
  const kept = cacheFile === null ? null : await readImages(cacheFile, key)
  const stored = kept ?? (await decodeSource(path, source, { labels, splits, size, key }, options.onProgress))
  if (!kept && cacheFile !== null) {
    await keep(cacheFile, stored, options.onProgress)
  }
  const bad = [...source.bad, ...stored.facts.bad]
  if (bad.length > 0) reportBad(path, bad, source, options)
  if (stored.facts.count === 0) throw new DataError(`${path}: there is no image that can be read`)
  const data = toSplits(path, stored, classes)
  const { mean, std, sizes } = stored.facts
  const train = countLabels(data.train)
  const test = countLabels(data.test)
  const val = data.validation ? countLabels(data.validation) : classes.map(() => 0)
  const counts = classes.map((name, i) => ({ name, train: train[i]!, val: val[i]!, test: test[i]! }))
  const notes = [
    ...source.notes,
    ...stored.facts.notes,
    ...divisionNotes(source, options),
    ...lostClasses(source, classes, labels, splits, train),
  ]
  for (const note of notes) options.onProgress({ stage: 'note', message: note })
  const { kind, passedOver } = source
  const isDivided = isUndivided(source.entries)
  return {
    ...data,
    report: { kind, isDivided, ...size, classes: counts, notes, sizes, bad, passedOver, mean, std, cacheFile },
  }
}

function divisionNotes({ entries }: Source, { testShare, splitSeed }: OwnOptions): string[] {
  if (!isUndivided(entries)) return []
  if (testShare === 1) return ['no part is for testing: all images are']
  const share = Number((100 * testShare).toFixed(2))
  return [`no part is for testing: ${share} % of each class are (--test-share), drawn by seed ${splitSeed}`]
}

/** Classes whose only training images were left out because they cannot be read. */
function lostClasses(
  { entries }: Source,
  classes: readonly string[],
  labels: Uint16Array,
  splits: readonly Split[],
  train: readonly number[],
): string[] {
  const wanted = new Set(entries.flatMap((_, i) => (splits[i] === 'train' ? [labels[i]!] : [])))
  const lost = classes.filter((_, i) => wanted.has(i) && train[i] === 0)
  return lost.length > 0 ? [`no training image is left of ${lost.join(', ')}: those there were cannot be read`] : []
}

function labelNumbers({ entries }: Source, classes: readonly string[]): Uint16Array {
  const numbers = new Map(classes.map((name, i) => [name, i]))
  return Uint16Array.from(entries, ({ label }) => numbers.get(label)!)
}

/** Everything that decides the decoded images. */
function keyOf({ entries, stamps }: Source, classes: readonly string[], size: ImageSize, splits: Split[]): string {
  const hash = createHash('sha256').update(JSON.stringify([classes, size]))
  const piece = 1000 // a call for each would take longer than the hash itself
  for (let at = 0; at < entries.length; at += piece) {
    const some = entries.slice(at, at + piece)
    hash.update(JSON.stringify(some.map(({ name, label }, i) => [name, label, splits[at + i]])))
  }
  for (let at = 0; at < stamps.length; at += piece) hash.update(JSON.stringify(stamps.slice(at, at + piece)))
  return hash.digest('hex')
}

async function cachePath(path: string, size: ImageSize, options: OwnOptions, key: string): Promise<string> {
  const plan = [await realpath(path), size, options.testShare, options.splitSeed]
  const kin = createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 12)
  return join(cacheFolder(options.dataDir), 'own', `${kin}-${key.slice(0, 12)}.images`)
}

/** A cache that cannot be written is no reason to stop. */
async function keep(cacheFile: string, stored: StoredImages, onProgress: OnProgress): Promise<void> {
  try {
    await writeImages(cacheFile, stored)
    await removeOlder(cacheFile)
  } catch (error) {
    onProgress({ stage: 'note', message: `decoded images are not kept: ${(error as Error).message}` })
  }
}

/** @throws DataError unless `skipBad` says to go on */
function reportBad(
  path: string,
  bad: BadImage[],
  { entries, bad: known }: Source,
  { skipBad, onProgress }: OwnOptions,
): void {
  const first = bad.slice(0, 3).map(({ name, reason }) => `${name} (${reason})`)
  const more = bad.length > first.length ? ` and ${bad.length - first.length} more` : ''
  const total = entries.length + known.length
  const what = `${bad.length} of ${total} images of ${path} cannot be used: ${first.join(', ')}${more}`
  if (!skipBad)
    throw new DataError(`${what}; go on without them by --skip-bad; all are listed by: ghostgrad data ${path}`)
  onProgress({ stage: 'note', message: `${what}; going on without them` })
}

function countLabels({ labels, classes }: ImageDataset): number[] {
  const counts = classes.map(() => 0)
  for (const label of labels) counts[label]!++
  return counts
}
