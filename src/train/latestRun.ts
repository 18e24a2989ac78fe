import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DataError } from '../tensor/errors.js'
import { runFiles } from './weights.js'

/** Where runs are that were given no folder. */
export const runsFolder = 'runs'

/**
 * The run in a folder of runs that has written weights last.
 * @param name a part of its folder's name; default: any
 * @throws DataError if there is none
 */
export function latestRun(name = '', root: string = runsFolder): string {
  const folders = existsSync(root) ? readdirSync(root).filter((entry) => entry.includes(name)) : []
  const times = folders.flatMap((entry): { folder: string; time: number }[] => {
    const folder = join(root, entry)
    const info = statSync(join(folder, runFiles.model), { throwIfNoEntry: false })
    return info ? [{ folder, time: info.mtimeMs }] : []
  })
  const latest = times.reduce<(typeof times)[number] | null>(
    (best, run) => (best && best.time >= run.time ? best : run),
    null,
  )
  if (latest) return latest.folder
  throw new DataError(
    `latest: no run${name === '' ? '' : ` whose name has "${name}"`} with weights in ${root}/ (ghostgrad runs lists them)`,
  )
}

/** What a flag for weights or a run means: `latest`, `latest:NAME`, or a path; a file or folder of that name wins. */
export function weightsPath(given: string): string {
  if ((given !== 'latest' && !given.startsWith('latest:')) || existsSync(given)) return given
  return latestRun(given.slice('latest:'.length))
}
