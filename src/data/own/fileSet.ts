import { DataError } from '../../tensor/errors.js'
import { maxFileBytes } from '../decodeImage.js'
import type { BadImage, Stamp } from './source.js'

/** A file of a folder or an archive. */
export interface FoundFile {
  /** From the folder or the archive's root, with slashes. */
  path: string
  /** Bytes. */
  size: number
  mtimeMs: number
}

/** The files of a folder or of an archive, hidden ones and leftovers of operating systems left out. */
export interface FileSet {
  /** What messages call it. */
  name: string
  /** By path, folders in the order of `byName`. */
  files: FoundFile[]
  /** Folders without any file. */
  emptyFolders: string[]
  /** What cannot be read: folders without permission, links that lead nowhere. */
  bad: BadImage[]
  /** The archive that all files are in; null for a folder, whose files change one by one. */
  archive: Stamp | null
  /** Where a file lies on the disk; null in an archive. */
  locate: (path: string) => string | null
  read: (path: string) => Promise<Uint8Array>
  /** Each of these files once, in the order that is cheapest to read. */
  each: (paths: readonly string[]) => Iterable<OpenFile> | AsyncIterable<OpenFile>
}

/** One of the files that `FileSet.each` was asked for. */
export interface OpenFile {
  /** Position in the list of wanted paths. */
  index: number
  open: () => Promise<Uint8Array>
}

const leftovers = new Set([
  '__MACOSX',
  '@eaDir',
  '__pycache__',
  'lost+found',
  '$RECYCLE.BIN',
  'System Volume Information',
])

/** Whether a file or folder is hidden, or one that an operating system leaves behind. */
export const isLeftover = (name: string): boolean =>
  name.startsWith('.') || leftovers.has(name) || /^(thumbs\.db|desktop\.ini)$/i.test(name)

/** @throws DataError if an image file has more bytes than any image should */
export function checkFileSize(size: number): void {
  if (size > maxFileBytes) throw new DataError(`${size} bytes, more than ${maxFileBytes / 1e6} MB`)
}

/** The folder of a path with slashes; '' for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** A file as a stamp: another size or time of change means other content. */
export const stampOf = ({ path, size, mtimeMs }: FoundFile): Stamp => ({ path, size, mtimeMs })

/** Stamps of the files that a source depends on; of an archive its own alone. */
export function stampsOf(set: FileSet, files: readonly FoundFile[]): Stamp[] {
  return set.archive ? [set.archive] : files.map(stampOf)
}
