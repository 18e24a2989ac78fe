import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { unpackTar } from 'modern-tar/fs'
import { cacheFolder } from '../../data/cache.js'
import { temporaryName } from '../../io/atomic.js'
import { ConfigError, DataError } from '../../tensor/errors.js'
import type { DetectionSplits } from './detectionData.js'
import { readDetectionFolder } from './folders.js'
import { loadCifar10Scenes } from './scenes.js'

/** The names that `loadDetection` knows. */
export const detectionNames = ['cifar10-scenes', 'bccd'] as const

/** Where the data is. */
export interface DetectionSource {
  /** One of `detectionNames`, or a folder or a tar archive in a form that `readDetectionFolder` knows. */
  data: string
  /** bccd: its folder or archive. */
  from?: string | undefined
  dataDir?: string | undefined
}

/** Images with boxes, by name or from a folder or archive. @throws ConfigError or DataError if there is no such thing */
export async function loadDetection({ data, from, dataDir }: DetectionSource): Promise<DetectionSplits> {
  if (data === 'cifar10-scenes') return loadCifar10Scenes()
  if (data === 'bccd') return readDetectionFolder(await unpacked(from ?? bccdFolder(dataDir), dataDir))
  if (!existsSync(data)) {
    throw new ConfigError(`data: expected one of ${detectionNames.join(', ')}, or a folder or archive, got "${data}"`)
  }
  return readDetectionFolder(await unpacked(data, dataDir))
}

function bccdFolder(dataDir: string | undefined): string {
  const folder = join(cacheFolder(dataDir), 'bccd')
  if (existsSync(folder)) return folder
  throw new DataError(
    `bccd: not in ${folder}. Get https://github.com/Shenggan/BCCD_Dataset (MIT) and name its folder or archive by --from`,
  )
}

/** The folder itself, or that of the archive's content in the cache. */
async function unpacked(path: string, dataDir: string | undefined): Promise<string> {
  const info = statSync(path, { throwIfNoEntry: false })
  if (!info) throw new DataError(`${path}: no such folder or archive`)
  if (info.isDirectory()) return path
  const key = createHash('sha256')
    .update(`${resolve(path)} ${info.size} ${info.mtimeMs}`)
    .digest('hex')
    .slice(0, 16)
  const folder = join(cacheFolder(dataDir), 'detection', key)
  if (existsSync(folder)) return folder
  const temporary = temporaryName(folder)
  mkdirSync(temporary, { recursive: true })
  try {
    const unzip = /\.t?gz$/.test(path) ? [createGunzip()] : []
    await pipeline([createReadStream(path), ...unzip, unpackTar(temporary)])
    renameSync(temporary, folder)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw new DataError(
      `${path}: expected a .tar or .tar.gz archive, but reading it failed (${(error as Error).message})`,
    )
  }
  return folder
}
