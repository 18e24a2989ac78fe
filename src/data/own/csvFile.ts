import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { DataError } from '../../tensor/errors.js'
import { type ColumnNames, chooseColumns } from './columns.js'
import { folderFiles } from './folderFiles.js'
import { imagesSource } from './labelled.js'
import { pixelSource } from './pixelRows.js'
import type { Source } from './source.js'
import { readTable, withHeader } from './table.js'

/**
 * A list as a data set of its own: it names images in its folder, or holds their pixels in columns.
 * @throws DataError if it is not such a file
 */
export async function listSource(file: string, columns: ColumnNames): Promise<Source> {
  const name = basename(file)
  const bytes = await readFile(file)
  const pixels = await pixelSource([{ path: file, name, bytes, stamp: await stampOfFile(file) }], columns)
  if (pixels) return pixels
  const table = withHeader(await readTable(bytes, file))
  if (table.rows.length === 0)
    throw new DataError(`${file}: expected images of at least two classes, got an empty list`)
  const chosen = table.header ? chooseColumns(table, columns) : null
  const isBare = !chosen && existsSync(`${dirname(file)}/${table.header?.[0] ?? ''}`)
  if (!isBare && (!chosen || chosen.label === null)) {
    throw new DataError(
      `${file}: expected a column of paths (path, file_name, image, id …) and one of labels (label, class …), got ${table.header?.join(', ')}; ` +
        '--image-column and --label-column choose',
    )
  }
  return imagesSource(await folderFiles(dirname(file), dirname(file)), {
    ...columns,
    list: { path: name, bytes, name },
  })
}

export async function stampOfFile(path: string) {
  const { size, mtimeMs } = await stat(path)
  return { path, size, mtimeMs }
}
