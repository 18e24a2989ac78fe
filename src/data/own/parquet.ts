import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import type { AsyncBuffer, FileMetaData, ParquetRow } from 'hyparquet'
import { DataError } from '../../tensor/errors.js'
import { compressors } from './parquetPages.js'
import { type Columns, chooseColumns } from './parquetSchema.js'
import {
  type BadImage,
  byName,
  type Entry,
  type ImageTask,
  type Source,
  type Split,
  type Stamp,
  splitOf,
} from './source.js'

interface OpenFile {
  path: string
  /** In messages. */
  name: string
  split: Split | null
  file: AsyncBuffer
  metadata: FileMetaData
  columns: Columns
}

/** Every parquet file in a folder and the folders in it, by its path from there. */
export async function parquetFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  return names
    .filter((name) => name.endsWith('.parquet') && !name.split(sep).some((part) => part.startsWith('.')))
    .sort(byName)
}

/**
 * Parquet files as dataset hubs have them: a column of images (bytes of image files, alone or in a struct `{bytes, path}`) and one of
 * labels. The split is in the files' names (`train-00000-of-00002.parquet`, `test/0000.parquet`), names of classes in the metadata that
 * the `datasets` library of Hugging Face leaves. Images are read a row group at a time.
 * @param root a real path
 * @param names of the files in it
 * @throws DataError if one is no such file
 */
export async function parquetSource(root: string, names: readonly string[]): Promise<Source> {
  const files: OpenFile[] = []
  const [entries, bad, stamps]: [Entry[], BadImage[], Stamp[]] = [[], [], []]
  /** For every row of every file its position in the entries; −1 for a bad one. */
  const places: Int32Array[] = []
  for (const name of names) {
    const path = join(root, name)
    const { size, mtimeMs } = await stat(path)
    stamps.push({ path, size, mtimeMs })
    const file = await openFile(path, name, size)
    files.push(file)
    places.push(await readLabels(file, entries, bad))
  }
  return {
    ...{ kind: 'parquet', entries, bad, stamps, passedOver: {}, size: null },
    classes: commonClasses(files),
    images: () => allImages(files, places),
  }
}

export const parquetFileSource = (path: string): Promise<Source> => parquetSource(dirname(path), [basename(path)])

async function openFile(path: string, name: string, bytes: number): Promise<OpenFile> {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import('hyparquet')
  try {
    const file = await asyncBufferFromFile(path)
    const metadata = await parquetMetadataAsync(file)
    checkSizes(metadata, bytes)
    const split =
      name
        .split(/[\\/_.-]/)
        .map(splitOf)
        .find((found) => found !== null) ?? null
    return { path, name, split, file, metadata, columns: chooseColumns(metadata) }
  } catch (error) {
    throw new DataError(`${path}: not a parquet file of images and labels: ${(error as Error).message}`)
  }
}

/** Columns of a row group lie in memory whole: what they say they need is looked at before. */
const maxChunkBytes = 2 ** 30

function checkSizes({ num_rows: rows, row_groups: groups }: FileMetaData, bytes: number): void {
  const sum = groups.reduce((total, group) => total + group.num_rows, 0n)
  if (rows !== sum || rows < 0n) throw new DataError(`it says ${rows} rows, but its row groups have ${sum}`)
  if (rows > bytes) throw new DataError(`it says ${rows} rows, but has ${bytes} bytes`)
  for (const { meta_data: chunk } of groups.flatMap((group) => group.columns)) {
    const size = chunk?.total_uncompressed_size ?? 0n
    if (size > maxChunkBytes) throw new DataError(`a column chunk of ${size} bytes, more than ${maxChunkBytes}`)
  }
}

/** Enter every row that has a label. */
async function readLabels(file: OpenFile, entries: Entry[], bad: BadImage[]): Promise<Int32Array> {
  const { name, split, columns } = file
  const places = new Int32Array(Number(file.metadata.num_rows)).fill(-1)
  for await (const { start, rows } of rowGroups(file, columns.label)) {
    for (const [i, row] of rows.entries()) {
      const title = `${name} row ${start + i}`
      const label = labelOf(row[columns.label], columns.classes)
      if (label === null)
        bad.push({ name: title, reason: `has no label that can be used (${show(row[columns.label])})` })
      else places[start + i] = entries.push({ name: title, label, split }) - 1
    }
  }
  return places
}

function labelOf(value: unknown, classes: readonly string[] | null): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  if (typeof value !== 'bigint' && typeof value !== 'number') return null
  const label = Number(value)
  if (!Number.isSafeInteger(label) || label < 0) return null
  return classes === null ? String(label) : (classes[label] ?? null)
}

const show = (value: unknown): string => (value === undefined || value === null ? 'none' : String(value))

async function* allImages(files: readonly OpenFile[], places: readonly Int32Array[]): AsyncGenerator<ImageTask> {
  for (const [i, file] of files.entries()) {
    for await (const { start, rows } of rowGroups(file, file.columns.image)) {
      for (const [row, cells] of rows.entries()) {
        const index = places[i]![start + row]!
        const bytes = imageBytes(cells[file.columns.image])
        if (index >= 0) yield { index, open: async () => bytes ?? missing() }
      }
    }
  }
}

/** A struct `{bytes, path}` or the bytes themselves. */
function imageBytes(value: unknown): Uint8Array | null {
  const bytes = value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null | undefined)?.bytes
  return bytes instanceof Uint8Array && bytes.length > 0 ? bytes : null
}

function missing(): never {
  throw new DataError('has no bytes of an image')
}

/** One column, a row group at a time. */
async function* rowGroups(
  { path, file, metadata }: OpenFile,
  column: string,
): AsyncGenerator<{ start: number; rows: ParquetRow[] }> {
  const { parquetReadObjects } = await import('hyparquet')
  let start = 0
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows)
    const range = { columns: [column], rowStart: start, rowEnd: end }
    try {
      const rows = await parquetReadObjects({ file, metadata, ...range, compressors, utf8: false })
      if (rows.length !== end - start) throw new DataError(`expected ${end - start} rows, got ${rows.length}`)
      yield { start, rows }
    } catch (error) {
      throw new DataError(`${path}: rows ${start} to ${end - 1} cannot be read: ${(error as Error).message}`)
    }
    start = end
  }
}

/** The names of the classes, which must be the same in every file. */
function commonClasses(files: readonly OpenFile[]): readonly string[] | null {
  const [first, ...others] = files
  const classes = first?.columns.classes ?? null
  for (const { path, columns } of others) {
    if (JSON.stringify(columns.classes) === JSON.stringify(classes)) continue
    throw new DataError(`${path}: has other names of classes than ${first!.path}`)
  }
  return classes
}
