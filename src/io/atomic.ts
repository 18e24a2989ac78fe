import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { DataError } from '../tensor/errors.js'

/** A name beside `path` for what is not whole yet. */
export const temporaryName = (path: string): string => `${path}.${process.pid}.tmp`

/** The process that writes, or wrote, the temporary file of this name; null for other names. */
export function temporaryOf(name: string): number | null {
  const pid = /\.(\d+)\.tmp$/.exec(name)?.[1]
  return pid === undefined ? null : Number(pid)
}

/**
 * Write a file so that its name never shows half of it, whatever interrupts: into a temporary file in the same folder, flushed
 * to disk, then renamed. Synchronous, so that it also works in a signal handler.
 * @throws DataError if it cannot be written; what was under the name before is then still there
 */
export function writeFileAtomic(path: string, data: Uint8Array | string): void {
  const temporary = temporaryName(path)
  try {
    const file = openSync(temporary, 'w')
    try {
      writeFileSync(file, data)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw new DataError(`${path}: cannot be written (${(error as Error).message})`)
  }
}
