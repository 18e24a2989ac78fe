import type { AsyncBuffer, FileMetaData, ParquetRow } from 'hyparquet'
import { ConfigError, DataError } from '../../tensor/errors.js'
import type { ColumnNames } from './columns.js'
import { type FileSet, type FoundFile, stampsOf } from './fileSet.js'
import { compressors } from './parquetPages.js'
import { type Columns, chooseColumns } from './parquetSchema.js'
import { type BadImage, type Entry, type ImageTask, type Source, type Split, splitIn } from './source.js'

interface OpenFile {
  path: string
  /** In messages. */
  name: string
  split: Split | null
  file: AsyncBuffer
  metadata: FileMetaData
  columns: Columns
}

/**
 * Parquet files as dataset hubs have them: a column of images (bytes of image files, alone or in a struct `{bytes, path}`) and one of
 * labels. The split is in the files' names (`train-00000-of-00002.parquet`, `test/0000.parquet`), names of classes in the metadata that
 * the `datasets` library of Hugging Face leaves. Images are read a row group at a time.
 * @throws DataError if one is no such file
 */
export async function parquetSource(set: FileSet, found: readonly FoundFile[], names: ColumnNames): Promise<Source> {
  const files: OpenFile[] = []
  const [entries, bad]: [Entry[], BadImage[]] = [[], []]
  /** For every row of every file its position in the entries; −1 for a bad one. */
  const places: Int32Array[] = []
  for (const one of found) {
    const file = await openFile(set, one, names)
    files.push(file)
    places.push(await readLabels(file, entries, bad))
  }
  return {
    ...{ kind: 'parquet', entries, bad, stamps: stampsOf(set, found), passedOver: {}, size: null },
    notes: files.length > 0 ? [files[0]!.columns.note] : [],
    classes: commonClasses(files),
    images: () => allImages(files, places),
  }
}

async function openFile(set: FileSet, { path: name, size }: FoundFile, names: ColumnNames): Promise<OpenFile> {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import('hyparquet')
  const path = set.locate(name)
  try {
    const file = path === null ? asBuffer(await set.read(name)) : await asyncBufferFromFile(path)
    const metadata = await parquetMetadataAsync(file)
    checkSizes(metadata, size)
    return {
      path: path ?? `${set.name}: ${name}`,
      name,
      split: splitIn(name),
      file,
      metadata,
      columns: chooseColumns(metadata, names),
    }
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`${path ?? name}: ${error.message}`)
    throw new DataError(`${path ?? name}: not a parquet file of images and labels: ${(error as Error).message}`)
  }
}

function asBuffer(bytes: Uint8Array): AsyncBuffer {
  const whole = new Uint8Array(bytes).buffer
  return { byteLength: whole.byteLength, slice: (from, to) => whole.slice(from, to) }
}

/** Columns of a row group lie in memory whole: what they say they need is looked at before. */
const maxChunkBytes = 2 ** 30

function checkSizes({ num_rows: rows, row_groups: groups }: FileMetaData, bytes: number): void {
  const sum = groups.reduce((total, group) => total + group.num_rows, 0n)
  if (rows !== sum || rows < 0n) throw new DataError(`it says ${rows} rows, but its row groups have ${sum}`)
  if (rows > bytes) throw new DataError(`it says ${rows} rows, but has ${bytes} bytes`)
  for (const { meta_data: chunk } of groups.flatMap((group) => group.columns)) {
    const size = chunk?.total_uncompressed_size ?? 0n
    if (size > maxChunkBytes) {
      throw new DataError(
        `a column chunk of ${size} bytes, more than ${maxChunkBytes}: write it with smaller row groups`,
      )
    }
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
