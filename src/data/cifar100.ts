import { readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DataError } from '../tensor/errors.js'
import { type NamedBytes, tarEntries } from './archive.js'
import { cacheFolder, makeCacheFolder, md5OfFile, statOrNull } from './cache.js'
import type { DatasetSplits, LoadOptions } from './cifar10.js'
import { cifar100Classes } from './cifar100Classes.js'
import { readPickledBatch } from './cifarPython.js'
import { imageBytes } from './cifarRecords.js'
import { sharedBytes, sharedLabels } from './dataset.js'
import { download } from './download.js'
import { digestOf, readImages, type StoredImages, writeImages } from './own/imageStore.js'
import { toSplits } from './own/splits.js'
import { channelStatistics } from './own/statistics.js'

/** Where CIFAR-100 lives, with the md5s of its page and of its Python files. */
export interface Cifar100Manifest {
  binary: { url: string; md5: string }
  python: { md5: string; files: { train: string; test: string } }
}

export const cifar100Manifest: Cifar100Manifest = {
  binary: {
    url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
    md5: '03b5dce01913d631647c71ecec9e9cb8',
  },
  python: {
    md5: 'eb9058c3a382ffc7106e4002c42a8d85',
    files: { train: '16019d7e3df5f24257cddd939b257f8d', test: 'f0ef6b0ae62326f3e7ffdfab6717acfc' },
  },
}

/** Labels and images (N, 3, 32, 32) of one part. */
interface Part {
  labels: Uint8Array
  pixels: Uint8Array
}

type Parts = Record<'train' | 'test', Part>

/**
 * CIFAR-100 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html) with its fine labels: 50 000 training and 10 000 test images of
 * 100 classes. Verified by md5 where it comes from (the official archive, or by `from` a local copy of the binary or the Python one, or the
 * folder of the latter), then kept in the cache. No npm package is known to hold it.
 * @throws DataError if it cannot be had, or what was given is not it
 */
export async function loadCifar100(
  { dataDir, from, offline = false, onProgress = () => {} }: LoadOptions,
  manifest: Cifar100Manifest = cifar100Manifest,
): Promise<DatasetSplits> {
  const folder = join(cacheFolder(dataDir), 'cifar100')
  const file = join(folder, 'cifar100-fine.images')
  const key = JSON.stringify(manifest)
  let stored = await readImages(file, key)
  if (!stored) {
    if (from === undefined && offline) throw new DataError(offlineText(folder))
    await makeCacheFolder(folder)
    const parts = from === undefined ? await official(folder, manifest, onProgress) : await local(from, manifest)
    onProgress({ stage: 'decode', message: 'unpacking CIFAR-100' })
    stored = store(parts, key)
    await writeImages(file, stored)
  }
  return toSplits('cifar100', stored, cifar100Classes)
}

const advice =
  'give a local copy by: ghostgrad data cifar100 --from PATH (the binary or Python .tar.gz, or the folder of the Python one)'

const offlineText = (folder: string): string =>
  `CIFAR-100 is not in ${folder}, and offline mode forbids fetching it: go online once, or ${advice}`

async function official(
  folder: string,
  { binary }: Cifar100Manifest,
  onProgress: NonNullable<LoadOptions['onProgress']>,
): Promise<Parts> {
  const path = join(folder, basename(binary.url))
  try {
    await download(binary.url, path, binary.md5, onProgress)
  } catch (error) {
    throw new DataError(`CIFAR-100 could not be had: ${(error as Error).message}; ${advice}`)
  }
  const parts = await partsOf(path, tarEntries(path, isPart))
  await rm(path)
  return parts
}

async function local(path: string, { binary, python }: Cifar100Manifest): Promise<Parts> {
  const info = await statOrNull(path)
  if (info === null) throw new DataError(`${path}: no such file or folder`)
  if (info.isDirectory()) return partsOf(path, folderEntries(path, python.files))
  const md5 = await md5OfFile(path)
  if (md5 === binary.md5 || md5 === python.md5) return partsOf(path, tarEntries(path, isPart))
  throw new DataError(
    `${path}: expected the official CIFAR-100 archive, binary (md5 ${binary.md5}) or Python (md5 ${python.md5}), got md5 ${md5}`,
  )
}

const isPart = (name: string): boolean => /^(train|test)(\.bin)?$/.test(name)

async function* folderEntries(folder: string, files: Cifar100Manifest['python']['files']): AsyncGenerator<NamedBytes> {
  for (const name of ['train', 'test'] as const) {
    const places = [join(folder, name), join(folder, 'cifar-100-python', name)]
    const found = await Promise.all(places.map(async (path) => ((await statOrNull(path))?.isFile() ? path : null)))
    const path = found.find((place) => place !== null)
    if (!path) {
      throw new DataError(
        `${folder}: expected the files train and test of CIFAR-100's Python version, ${name} is missing; ` +
          'of the binary version only the archive has a published checksum',
      )
    }
    const md5 = await md5OfFile(path)
    if (md5 !== files[name]) throw new DataError(`${path}: expected md5 ${files[name]}, got ${md5}`)
    yield { name, bytes: await readFile(path) }
  }
}

async function partsOf(path: string, files: AsyncIterable<NamedBytes>): Promise<Parts> {
  const parts: Partial<Parts> = {}
  for await (const { name, bytes } of files) {
    const split = name.startsWith('train') ? 'train' : 'test'
    parts[split] = name.endsWith('.bin')
      ? fromRecords(`${path}: ${name}`, bytes)
      : fromPickle(`${path}: ${name}`, bytes)
  }
  const { train, test } = parts
  if (train && test) return { train, test }
  throw new DataError(`${path}: expected the files train and test in it, ${train ? 'test' : 'train'} is missing`)
}

/** Records of the coarse label, the fine one, and 3072 bytes of planes. */
function fromRecords(file: string, bytes: Uint8Array): Part {
  const recordBytes = 2 + imageBytes
  if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
    throw new DataError(`${file}: expected records of ${recordBytes} bytes each, got ${bytes.length} bytes`)
  }
  const count = bytes.length / recordBytes
  const pixels = new Uint8Array(count * imageBytes)
  for (let i = 0; i < count; i++) {
    pixels.set(bytes.subarray(i * recordBytes + 2, (i + 1) * recordBytes), i * imageBytes)
  }
  return checked(file, { pixels, labels: Uint8Array.from({ length: count }, (_, i) => bytes[i * recordBytes + 1]!) })
}

function fromPickle(file: string, bytes: Uint8Array): Part {
  const { labels, pixels } = readPickledBatch(file, bytes, 'fine_labels')
  return checked(file, { labels: Uint8Array.from(labels), pixels })
}

function checked(file: string, part: Part): Part {
  const wrong = part.labels.find((label) => label >= cifar100Classes.length)
  if (wrong !== undefined) throw new DataError(`${file}: expected labels 0 to 99, got ${wrong}`)
  return part
}

function store({ train, test }: Parts, key: string): StoredImages {
  const count = train.labels.length + test.labels.length
  const labels = sharedLabels(count)
  labels.set(train.labels)
  labels.set(test.labels, train.labels.length)
  const images = sharedBytes(count * imageBytes)
  images.set(train.pixels)
  images.set(test.pixels, train.pixels.length)
  const facts = {
    ...{
      format: 2 as const,
      key,
      count,
      trainCount: train.labels.length,
      valCount: 0,
      height: 32,
      width: 32,
      bad: [],
      notes: [],
      sizes: null,
    },
    ...channelStatistics(train.pixels, 3, 32 * 32),
    digest: digestOf(labels, images),
  }
  return { facts, labels, images }
}
