import { readdir, realpath, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { DataError } from '../../tensor/errors.js'
import { hasArrays, npyFolderSource, npzSource } from './arrays.js'
import { csvSource } from './csv.js'
import { folderSource } from './folder.js'
import { parquetFileSource, parquetFiles, parquetSource } from './parquet.js'
import type { Source } from './source.js'

const files: Readonly<Record<string, (path: string) => Promise<Source>>> = {
  '.csv': csvSource,
  '.npz': npzSource,
  '.parquet': parquetFileSource,
}

/** What is at a path, by its kind: a folder of images, of parquet files or of arrays, a CSV, parquet or npz file. */
export async function openSource(path: string): Promise<Source> {
  const real = await realpath(path)
  if ((await stat(real)).isDirectory()) return openFolder(real)
  const open = files[extname(real).toLowerCase()]
  if (open) return open(real)
  throw new DataError(`${path}: expected a folder, or a file that ends in ${Object.keys(files).join(', ')}`)
}

async function openFolder(folder: string): Promise<Source> {
  const names = await readdir(folder)
  if (hasArrays(names)) return npyFolderSource(folder)
  const parquet = await parquetFiles(folder)
  return parquet.length > 0 ? parquetSource(folder, parquet) : folderSource(folder)
}
