import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseStream } from 'fast-csv'
import { DataError } from '../../tensor/errors.js'
import { readImageFile } from '../decodeImage.js'
import { pathInside } from './inside.js'
import { type BadImage, type Entry, type Source, type Stamp, splitOf } from './source.js'

/** What a row says, by the head of its column. */
type Row = Readonly<Record<string, string>>

const known = ['path', 'label', 'split']

/**
 * A CSV file with the columns `path`, `label` and perhaps `split` (train; test or val): paths start at the file's folder and stay in
 * it. Rows that cannot be used are bad images.
 * @param file a real path
 * @throws DataError if it is not such a file
 */
export async function csvSource(file: string): Promise<Source> {
  const root = dirname(file)
  const entries: Entry[] = []
  const stamps: Stamp[] = []
  const bad: BadImage[] = []
  const info = await stat(file)
  let row = 1
  for await (const cells of await openCsv(file)) {
    row++
    const path = cells.path?.trim() ?? ''
    const name = path === '' ? `row ${row}` : `${path} (row ${row})`
    try {
      const entry = readRow(cells, name)
      const real = await pathInside(root, path)
      const { size, mtimeMs } = await stat(real)
      stamps.push({ path: real, size, mtimeMs })
      entries.push(entry)
    } catch (error) {
      bad.push({ name, reason: (error as Error).message })
    }
  }
  const manifest: Stamp = { path: file, size: info.size, mtimeMs: info.mtimeMs }
  return {
    ...{ kind: 'CSV', entries, bad, passedOver: {}, stamps: [...stamps, manifest], classes: null, size: null },
    images: () => stamps.map(({ path }, index) => ({ index, open: () => readImageFile(path) })),
  }
}

function readRow({ path, label, split }: Row, name: string): Entry {
  if (!path?.trim()) throw new DataError('has no path')
  if (!label?.trim()) throw new DataError('has no label')
  if (split === undefined) return { name, label: label.trim(), split: null }
  const part = splitOf(split.trim())
  if (part === null) throw new DataError(`expected the split train, test or val, got "${split}"`)
  return { name, label: label.trim(), split: part }
}

async function openCsv(file: string): Promise<AsyncIterable<Row>> {
  const columns = (head: string[]) => head.map((name) => name.trim().toLowerCase())
  const parser = parseStream<Row, Row>(createReadStream(file), {
    headers: (head) => {
      const names = columns(head.map(String))
      const missing = known.slice(0, 2).filter((name) => !names.includes(name))
      if (missing.length === 0) return names
      throw new DataError(`${file}: expected columns path and label (and split), got ${names.join(', ')}`)
    },
    ignoreEmpty: true,
    strictColumnHandling: false,
    discardUnmappedColumns: true,
  })
  return rows(parser, file)
}

async function* rows(parser: AsyncIterable<Row>, file: string): AsyncGenerator<Row> {
  try {
    yield* parser
  } catch (error) {
    if (error instanceof DataError) throw error
    throw new DataError(`${file}: not a CSV file that can be read (${(error as Error).message})`)
  }
}
