import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { temporaryOf, writeFileAtomic } from '../io/atomic.js'
import { DataError } from '../tensor/errors.js'
import { cifar10Manifest, type Manifest, type ManifestFile } from './manifest.js'

/** Where downloads are kept: `dataDir`, else GHOSTGRAD_CACHE, else `ghostgrad` in the user's cache folder. */
export function cacheFolder(dataDir?: string): string {
  const chosen = dataDir || process.env.GHOSTGRAD_CACHE
  if (chosen) return chosen
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'ghostgrad')
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'ghostgrad', 'Cache')
  }
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ghostgrad')
}

/** A data set in the cache, and whether it is whole. */
export type CacheEntry = {
  readonly name: string
  readonly path: string
  /** 0 if the file is missing */
  readonly bytes: number
  readonly status: 'verified' | 'damaged' | 'missing'
  /** The md5 found; null if the file is missing. */
  readonly md5: string | null
}

/** Every cached file of CIFAR-10 with its size and a fresh md5 (about half a second for the full set). */
export async function describeCache(dataDir?: string): Promise<{ folder: string; files: CacheEntry[] }> {
  const folder = join(cacheFolder(dataDir), cifar10Manifest.folder)
  const files = []
  for (const file of cifar10Manifest.files) files.push(await describeFile(folder, file))
  return { folder, files }
}

async function describeFile(folder: string, { name, md5: expected }: ManifestFile): Promise<CacheEntry> {
  const path = join(folder, name)
  const info = await statOrNull(path)
  if (info === null) return { name, path, bytes: 0, status: 'missing', md5: null }
  const md5 = await md5OfFile(path)
  return { name, path, bytes: info.size, status: md5 === expected ? 'verified' : 'damaged', md5 }
}

/** `verified.json`: which files had the right md5, and their size and time of change when that was seen. */
type Stamps = Record<string, { md5: string; size: number; mtimeMs: number }>

/**
 * Sort out what the cache lacks. A file whose size and time of change are those in `verified.json` is taken as it is; any
 * other is read and its md5 taken.
 */
export async function checkCache(manifest: Manifest, folder: string): Promise<CacheEntry[]> {
  const stamps = await readStamps(folder)
  const entries: CacheEntry[] = []
  for (const file of manifest.files) {
    const path = join(folder, file.name)
    const info = await statOrNull(path)
    const stamp = stamps[file.name]
    const known = info && stamp?.md5 === file.md5 && stamp.size === info.size && stamp.mtimeMs === info.mtimeMs
    entries.push(
      known
        ? { name: file.name, path, bytes: info.size, status: 'verified', md5: file.md5 }
        : await describeFile(folder, file),
    )
  }
  await writeStamps(folder, entries)
  return entries
}

/** Put verified bytes under their final name. @throws DataError if the md5 is wrong or the folder cannot be written */
export async function storeFile(folder: string, { name, md5 }: ManifestFile, bytes: Uint8Array): Promise<void> {
  const found = createHash('md5').update(bytes).digest('hex')
  if (found !== md5) throw new DataError(`${name}: expected md5 ${md5}, got ${found}`)
  const temporary = join(folder, `${name}.part-${process.pid}`)
  await writeFile(temporary, bytes)
  await rename(temporary, join(folder, name))
}

/**
 * Make the folder, or say in one line why not and what to choose instead. Temporary files and folders in it that are a day old
 * belong to runs that were killed, and go.
 */
export async function makeCacheFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new DataError(
      `cannot make the data folder ${folder} (${(error as Error).message}): choose another with --data-dir or GHOSTGRAD_CACHE`,
    )
  }
  const yesterday = Date.now() - 24 * 60 * 60 * 1000
  for (const name of await readdir(folder)) {
    if (!/^npm-|\.part-\d+$/.test(name) && temporaryOf(name) === null) continue
    const info = await statOrNull(join(folder, name))
    if (info && info.mtimeMs < yesterday) await rm(join(folder, name), { recursive: true, force: true })
  }
}

export async function md5OfFile(path: string): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** null if there is nothing at `path`. */
export async function statOrNull(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
}

async function readStamps(folder: string): Promise<Stamps> {
  try {
    return JSON.parse(await readFile(join(folder, 'verified.json'), 'utf8')) as Stamps
  } catch {
    return {} // none yet, or not ours: the md5s decide
  }
}

async function writeStamps(folder: string, entries: readonly CacheEntry[]): Promise<void> {
  const stamps: Stamps = {}
  for (const { name, path, status, md5 } of entries) {
    const info = status === 'verified' ? await statOrNull(path) : null
    if (info && md5) stamps[name] = { md5, size: info.size, mtimeMs: info.mtimeMs }
  }
  if (Object.keys(stamps).length === 0) return
  try {
    writeFileAtomic(join(folder, 'verified.json'), `${JSON.stringify(stamps, null, 2)}\n`)
  } catch {
    // A cache that others share may be read-only; then every load takes the md5s.
  }
}
