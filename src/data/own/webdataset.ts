import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '../../tensor/errors.js'
import { baseOf, type FileSet } from './fileSet.js'
import { isImage } from './images.js'
import { type BadImage, type Entry, type ImageTask, type Source, type Stamp, splitIn } from './source.js'
import { tarWalk } from './tarFiles.js'

/** Members of a sample share the part of their name before its first dot. */
function sampleOf(path: string): { key: string; ending: string } {
  const dot = baseOf(path).indexOf('.')
  const at = path.length - baseOf(path).length + (dot < 0 ? baseOf(path).length : dot)
  return { key: path.slice(0, at), ending: path.slice(at + 1).toLowerCase() }
}

/** Endings of members that say the class, likeliest first. */
const labelEndings = ['cls', 'cls.txt', 'label', 'label.txt', 'class', 'json']
const jsonKeys = ['label', 'cls', 'class', 'target', 'category', 'label_name', 'class_name']
const maxLabelBytes = 1e6

const isShard = (path: string): boolean => /\.(tar|tgz|tar\.gz)$/i.test(path)
const isPacked = (path: string): boolean => /gz$/i.test(path)

/** Whether a tar archive is a shard of samples: one of its first members holds a class. */
export async function isWebDataset(path: string): Promise<boolean> {
  let members = 0
  for await (const entry of tarWalk(path, path, isPacked(path))) {
    if (entry.isFolder) continue
    const { ending } = sampleOf(entry.path)
    if (labelEndings.slice(0, -1).includes(ending)) return true
    if (ending === 'json' && labelIn(await entry.read(), ending) !== null) return true
    if (++members >= 40) return false
  }
  return false
}

/** The shards among the files of a folder, by path from there; none if it holds no shards of samples. */
export async function shardsIn(folder: string, { files }: FileSet): Promise<string[]> {
  const shards = files.map(({ path }) => path).filter(isShard)
  return shards[0] !== undefined && (await isWebDataset(join(folder, shards[0]))) ? shards : []
}

/**
 * WebDataset: tar archives of samples, files that share a name up to its first dot: an image, and a class in `.cls` or in `.json` under
 * `label`. The split is in the names of the shards; images are read as a stream, shard after shard.
 * @throws DataError if a shard cannot be read
 */
export async function shardSource(folder: string, names: readonly string[]): Promise<Source> {
  const entries: Entry[] = []
  const bad: BadImage[] = []
  const stamps: Stamp[] = []
  /** Of each shard, for every image its position in the entries. */
  const places: Map<string, number>[] = []
  const endings = new Set<string>()
  for (const name of names) {
    const path = join(folder, name)
    const { size, mtimeMs } = await stat(path)
    stamps.push({ path, size, mtimeMs })
    const labels = new Map<string, { label: string; rank: number; ending: string }>()
    const images = new Map<string, string>()
    for await (const entry of tarWalk(path, name, isPacked(name))) {
      const { key, ending } = sampleOf(entry.path)
      const rank = labelEndings.indexOf(ending)
      if (isImage(entry.path) && !images.has(key)) images.set(key, entry.path)
      if (rank < 0 || entry.size > maxLabelBytes || (labels.get(key)?.rank ?? 9) < rank) continue
      const label = labelIn(await entry.read(), ending)
      if (label !== null) labels.set(key, { label, rank, ending })
    }
    const own = new Map<string, number>()
    for (const [key, image] of images) {
      const found = labels.get(key)
      if (!found)
        bad.push({ name: `${name}: ${image}`, reason: 'has no class (.cls, or label in .json) in its sample' })
      else {
        endings.add(found.ending)
        own.set(image, entries.push({ name: `${name}: ${image}`, label: found.label, split: splitIn(name) }) - 1)
      }
    }
    places.push(own)
  }
  return {
    ...{ kind: 'WebDataset', entries, bad, stamps, passedOver: {}, classes: null, size: null },
    notes: [`${names.length} shards; classes in ${[...endings].map((ending) => `.${ending}`).join(', ')}`],
    images: () => images(folder, names, places),
  }
}

async function* images(
  folder: string,
  names: readonly string[],
  places: readonly Map<string, number>[],
): AsyncGenerator<ImageTask> {
  for (const [i, name] of names.entries()) {
    for await (const entry of tarWalk(join(folder, name), name, isPacked(name))) {
      const index = places[i]!.get(entry.path)
      if (index === undefined) continue
      places[i]!.delete(entry.path) // a second member of the name is another sample's
      const bytes = await entry.read()
      yield { index, open: async () => bytes }
    }
  }
}

function labelIn(bytes: Uint8Array, ending: string): string | null {
  const text = Buffer.from(bytes).toString('utf8').trim().normalize('NFC')
  if (ending !== 'json') return text === '' ? null : text
  try {
    const value = JSON.parse(text) as Record<string, unknown>
    const key = jsonKeys.find((name) => ['string', 'number'].includes(typeof value[name]))
    return key === undefined ? null : String(value[key])
  } catch {
    throw new DataError('a .json member is not JSON')
  }
}
