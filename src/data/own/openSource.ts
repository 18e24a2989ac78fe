import { readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { ConfigError, DataError } from '../../tensor/errors.js'
import { arraysIn, arraysSource } from './arrays.js'
import { cifarSource, findCifar } from './cifarFiles.js'
import type { ColumnNames } from './columns.js'
import { listSource } from './csvFile.js'
import { baseOf, type FileSet, stampsOf } from './fileSet.js'
import { folderFiles } from './folderFiles.js'
import { idxSource, isIdx } from './idx.js'
import { isImage } from './images.js'
import { imagesSource } from './labelled.js'
import { isArchive, isForeignArchive, openFiles } from './openFiles.js'
import { parquetSource } from './parquet.js'
import { pixelSource } from './pixelRows.js'
import { publishedList } from './publishedLists.js'
import type { Source } from './source.js'
import { stl10In, stl10Source } from './stl10.js'
import { svhnIn, svhnSource } from './svhn.js'
import { isWebDataset, shardSource, shardsIn } from './webdataset.js'

/** How a source is opened. */
export interface SourceOptions extends ColumnNames {
  /** A list of labels for the images, in any place. */
  labels?: string | undefined
}

const isTable = (path: string): boolean => /\.(csv|tsv|txt|jsonl|ndjson)$/i.test(path)

/** Kinds of files that hold a whole set, or are part of one in their folder. */
const whole = /\.(npz|npy|parquet|mat)$/i

/**
 * What is at a path, by its kind: a folder or an archive of images, of the files of a well-known set, of parquet files, of arrays or of
 * shards; a list, a parquet file, arrays.
 * @throws DataError if it is none of these
 */
export async function openSource(path: string, options: SourceOptions = {}): Promise<Source> {
  const real = await realpath(path)
  const isFolder = (await stat(real)).isDirectory()
  if (isFolder) {
    const files = await folderFiles(real, path)
    const shards = options.labels === undefined ? await shardsIn(real, files) : []
    return shards.length > 0 ? shardSource(real, shards) : fromFiles(files, options)
  }
  if (isArchive(real)) {
    if (!/\.zip$/i.test(real) && options.labels === undefined && (await isWebDataset(real))) {
      return shardSource(dirname(real), [basename(real)])
    }
    return fromFiles(await openFiles(path), options)
  }
  if (isForeignArchive(real)) {
    throw new DataError(
      `${path}: an archive of a kind that is not read (zip, tar and tar.gz are): unpack it and give the folder`,
    )
  }
  if (options.labels !== undefined)
    throw new ConfigError(`labels: a list beside images needs a folder or an archive of them, got ${path}`)
  if (isIdx(real)) return idxSource(await folderFiles(dirname(real), dirname(path)), real)
  if (whole.test(real)) return fromFiles((await besideLabels(real, path)) ?? (await singleFile(real, path)), options)
  if (isTable(real)) return listSource(real, options)
  refuseForeign(path, [real])
  throw new DataError(
    `${path}: expected a folder, an archive (zip, tar, tar.gz), or a file that ends in .csv, .tsv, .txt, .jsonl, .npy, .npz, .mat, .parquet`,
  )
}

/** Images of one file and `labels.npy` beside them, which are for several such files, as in CIFAR-10-C. */
async function besideLabels(real: string, name: string): Promise<FileSet | null> {
  if (!/\.npy$/i.test(real) || baseName(real) === 'labels') return null
  const set = await folderFiles(dirname(real), dirname(name))
  const images = set.files.find(({ path }) => set.locate(path) === real)
  const labels = set.files.find(({ path }) => path === 'labels.npy')
  return images && labels ? { ...set, name, files: [images, labels] } : null
}

const baseName = (path: string): string => basename(path).replace(/\.[^.]+$/, '')

/** A file as a folder of its own. */
async function singleFile(real: string, name: string): Promise<FileSet> {
  const { size, mtimeMs } = await stat(real)
  const file = basename(real)
  const read = () => readFile(real)
  return {
    ...{ name, files: [{ path: file, size, mtimeMs }], emptyFolders: [], bad: [], read },
    archive: { path: real, size, mtimeMs },
    locate: () => real,
    each: (paths) => paths.map((_, index) => ({ index, open: read })),
  }
}

/** Sets whose files say by themselves what is an image and what a label: nothing is to be chosen. */
async function fixedSource(set: FileSet): Promise<Source | null> {
  if (set.files.some(({ path }) => isIdx(path))) return idxSource(set)
  const svhn = svhnIn(set)
  if (svhn.length > 0) return svhnSource(set, svhn)
  const stl10 = stl10In(set)
  if (stl10.length > 0) return stl10Source(set, stl10)
  const arrays = arraysIn(set)
  return arrays.length > 0 ? arraysSource(set, arrays) : null
}

/** @throws ConfigError for a column that was named where there are none */
function refuseColumns(source: Source, name: string, { labelColumn, imageColumn }: ColumnNames): Source {
  const given = labelColumn !== undefined ? 'labelColumn' : imageColumn !== undefined ? 'imageColumn' : null
  if (given === null) return source
  throw new ConfigError(`${given}: has no effect on ${name} (${source.kind}), which has no columns`)
}

/** What is not read, by the endings of files, and how others get it out. */
const foreign: Readonly<Record<string, string>> = {
  arrow:
    "save_to_disk's Arrow files: write parquet by datasets.load_from_disk(PATH)[PART].to_parquet('data/PART.parquet')",
  h5: 'HDF5: save the arrays by numpy.savez(FILE, x_train=…, y_train=…, x_test=…, y_test=…)',
  hdf5: 'HDF5: save the arrays by numpy.savez(FILE, x_train=…, y_train=…, x_test=…, y_test=…)',
  tfrecord: 'TFRecord: save the images as files, a folder each class, or as WebDataset shards',
  lmdb: 'LMDB: save the images as files, a folder each class, or as WebDataset shards',
  mdb: 'LMDB: save the images as files, a folder each class, or as WebDataset shards',
  pkl: 'pickles other than those of CIFAR: save the arrays by numpy.savez(FILE, x_train=…, y_train=…)',
  pt: "PyTorch's files of tensors: save the arrays by numpy.savez(FILE, x_train=…, y_train=…)",
}

function refuseForeign(name: string, paths: readonly string[]): void {
  for (const path of paths) {
    const hint = foreign[path.slice(path.lastIndexOf('.') + 1).toLowerCase()]
    if (hint !== undefined) throw new DataError(`${name}: not read: ${hint}`)
  }
}

async function fromFiles(set: FileSet, options: SourceOptions): Promise<Source> {
  const { labels, ...columns } = options
  if (labels !== undefined) return imagesSource(set, { ...columns, list: await givenList(set, labels) })
  const cifar = findCifar(set)
  if (cifar) return cifarSource(set, cifar, columns.labelColumn)
  const fixed = await fixedSource(set)
  if (fixed) return refuseColumns(fixed, set.name, columns)
  const parquet = set.files.filter(({ path }) => /\.parquet$/i.test(path))
  if (parquet.length > 0) return parquetSource(set, parquet, columns)
  if (!set.files.some(({ path }) => isImage(path))) {
    const pixels = await pixelRows(set, columns)
    if (pixels) return pixels
    refuseForeign(
      set.name,
      set.files.map(({ path }) => path),
    )
  }
  const made = await publishedList(set)
  const source = await imagesSource(set, made ? { list: made } : columns)
  return made || !source.isByList ? refuseColumns(source, set.name, columns) : source
}

/** A list in the set, or, by its path, elsewhere. */
async function givenList(set: FileSet, labels: string) {
  const inside = set.files.find(({ path }) => path === labels.replaceAll('\\', '/'))
  try {
    const info = await stat(labels)
    if (info.isFile()) return { path: pathIn(set, await realpath(labels)), bytes: await readFile(labels), name: labels }
  } catch (error) {
    if (!inside && (error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new ConfigError(`labels: there is no file ${labels}, and none in ${set.name}`)
    }
    if (!inside) throw error
  }
  if (!inside) throw new ConfigError(`labels: expected a file, got ${labels}`)
  return { path: inside.path, bytes: await set.read(inside.path), name: labels }
}

/** The path of a file from the root of the set; '' if it lies elsewhere. */
function pathIn(set: FileSet, real: string): string {
  return set.files.find(({ path }) => set.locate(path) === real)?.path ?? ''
}

async function pixelRows(set: FileSet, columns: ColumnNames): Promise<Source | null> {
  const files = set.files.filter(({ path }) => /\.csv$/i.test(path))
  const opened = []
  for (const file of files) {
    const stamp = stampsOf(set, [file])[0]!
    opened.push({ path: file.path, name: baseOf(file.path), bytes: await set.read(file.path), stamp })
  }
  return pixelSource(opened, columns)
}
