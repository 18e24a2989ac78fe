import { realpath, stat } from 'node:fs/promises'
import type { FileSet } from './fileSet.js'
import { folderFiles } from './folderFiles.js'
import { tarFiles } from './tarFiles.js'
import { zipFiles } from './zipFiles.js'

/** What a path is read as. @throws DataError if it is neither a folder nor an archive of a kind that is read */
export async function openFiles(path: string): Promise<FileSet> {
  const real = await realpath(path)
  if ((await stat(real)).isDirectory()) return folderFiles(real, path)
  if (/\.zip$/i.test(path)) return zipFiles(real, path)
  return tarFiles(real, path)
}

/** Whether a path names an archive that is read as a folder would be. */
export const isArchive = (path: string): boolean => /\.(zip|tar|tgz|tar\.gz)$/i.test(path)

/** Archives that have to be unpacked by hand. */
export const isForeignArchive = (path: string): boolean =>
  /\.(7z|rar|tbz2?|txz|tar\.(bz2|xz|zst)|bz2|xz|zst)$/i.test(path)
