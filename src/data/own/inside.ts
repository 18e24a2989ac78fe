import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { DataError } from '../../tensor/errors.js'

/**
 * The real place of a file that a list or a link in `root` names.
 * @param root a real path
 * @throws DataError if it is missing or lies outside of root
 */
export async function pathInside(root: string, path: string): Promise<string> {
  const outside = new DataError('lies outside of the folder')
  const wanted = resolve(root, path)
  if (isAbsolute(path) || !isBelow(root, wanted)) throw outside
  const real = await realpath(wanted).catch(() => {
    throw new DataError('no such file')
  })
  if (!isBelow(root, real)) throw outside
  return real
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
