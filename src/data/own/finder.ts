import { isAbsolute } from 'node:path'
import { DataError } from '../../tensor/errors.js'
import { baseOf, type FileSet, type FoundFile } from './fileSet.js'

const outside = 'lies outside of the folder'

/** One Unicode form, small letters. */
const keyOf = (path: string): string => path.normalize('NFC').toLowerCase()

/**
 * Finds the image that a cell of a list means among the files there are: by its path from the list's folder or from the root, with slashes
 * or backslashes, relative or absolute, in any Unicode form and case, with or without its ending; else by the end of its path, where that
 * is one file alone.
 */
export class Finder {
  /** By path as it is, and by its key; where two files have one key, their own paths still tell them apart. */
  readonly #exact = new Map<string, FoundFile>()
  readonly #byName = new Map<string, FoundFile[]>()
  readonly #root: string | null

  constructor(set: FileSet, images: readonly FoundFile[]) {
    this.#root = set.locate('')
    for (const file of images) {
      this.#exact.set(keyOf(file.path), file)
      this.#exact.set(file.path, file)
      const base = keyOf(baseOf(file.path))
      for (const name of new Set([base, base.replace(/\.[^.]*$/, '')])) {
        const list = this.#byName.get(name)
        if (list) list.push(file)
        else this.#byName.set(name, [file])
      }
    }
  }

  /** @param folder of the list @param among which images are likelier than others of the same name @throws DataError whose message is why there is no such image */
  find(cell: string, folder: string, among?: ReadonlySet<FoundFile>): FoundFile {
    const slashed = cell.trim().replaceAll('\\', '/')
    const { path, isOutside } = this.#relative(slashed, folder)
    const own = isOutside ? path : (clean(slashed) ?? '')
    const found = this.#at(path) ?? this.#at(own) ?? this.#byEnd(isAbsolute(slashed) ? path : own, among)
    if (found) return found
    throw new DataError(isOutside ? outside : 'no such file')
  }

  #at(path: string): FoundFile | undefined {
    return this.#exact.get(path) ?? this.#exact.get(keyOf(path))
  }

  /** A path from the root of the set. */
  #relative(path: string, folder: string): { path: string; isOutside: boolean } {
    if (isAbsolute(path) || /^[a-z]:\//i.test(path)) {
      const root = this.#root?.replaceAll('\\', '/').replace(/\/*$/, '/')
      const isBelow = root !== undefined && keyOf(path).startsWith(keyOf(root))
      return { path: isBelow ? path.slice(root.length) : (clean(path) ?? ''), isOutside: !isBelow }
    }
    const joined = clean(folder === '' ? path : `${folder}/${path}`)
    return { path: joined ?? '', isOutside: joined === null }
  }

  /**
   * The one file whose path ends as a wanted one does, or the other way round: a list may have been made in a folder below or above. Null if
   * there is none.
   */
  #byEnd(path: string, among: ReadonlySet<FoundFile> | undefined): FoundFile | null {
    const wanted = `/${keyOf(path)}`
    const candidates = this.#byName.get(baseOf(wanted)) ?? []
    const fitting = candidates.filter((file) => {
      const ends = [keyOf(file.path), keyOf(file.path).replace(/\.[^./]*$/, '')]
      return ends.some((end) => `/${end}`.endsWith(wanted) || wanted.endsWith(`/${end}`))
    })
    const likely = among ? fitting.filter((file) => among.has(file)) : []
    if (likely.length === 1) return likely[0]!
    if (fitting.length > 1) throw new DataError(`may be ${fitting[0]!.path} or ${fitting[1]!.path}`)
    return fitting[0] ?? null
  }
}

/** Without `.` and `..`; null if it leads out. */
function clean(path: string): string | null {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..' && parts.pop() === undefined) return null
    if (part !== '' && part !== '.' && part !== '..') parts.push(part)
  }
  return parts.join('/')
}
