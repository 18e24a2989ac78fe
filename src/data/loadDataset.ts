import { ConfigError } from '../tensor/errors.js'
import { statOrNull } from './cache.js'
import { type DatasetSplits, type LoadOptions, loadCifar10 } from './cifar10.js'
import { loadCifar10Sample } from './cifar10Sample.js'
import { loadCifar100 } from './cifar100.js'
import { loadOwn, type OwnOptions, type OwnReport } from './own/loadOwn.js'

const loaders: Readonly<Record<string, (options: LoadOptions) => Promise<DatasetSplits>>> = {
  cifar10: loadCifar10,
  cifar100: loadCifar100,
  'cifar10-sample': loadCifar10Sample,
}

/** The names `loadDataset` knows. */
export const datasetNames: readonly string[] = Object.keys(loaders)

/** How many images each has. */
export const datasetSizes: Readonly<Record<string, { train: number; test: number }>> = {
  cifar10: { train: 50_000, test: 10_000 },
  cifar100: { train: 50_000, test: 10_000 },
  'cifar10-sample': { train: 500, test: 200 },
}

/** Both parts; of images of the user's own with what was found. */
export type LoadedData = DatasetSplits & { report?: OwnReport }

/** What `loadDataset` takes: how to get a data set by name, and how to read one of the user's own. */
export type DatasetOptions = LoadOptions &
  Partial<
    Pick<OwnOptions, 'imageSize' | 'testShare' | 'splitSeed' | 'skipBad' | 'labels' | 'labelColumn' | 'imageColumn'>
  >

/**
 * A data set by its name, or images of the user's own by their path: see `loadOwn`. Names win over folders of the same name, which
 * `./name` means.
 * @throws ConfigError if it is neither, DataError if it cannot be had or read
 */
export async function loadDataset(name: string, options: DatasetOptions = {}): Promise<LoadedData> {
  const {
    imageSize,
    testShare = 0.2,
    splitSeed = 0,
    skipBad = false,
    labels,
    labelColumn,
    imageColumn,
    ...rest
  } = options
  if (Object.hasOwn(loaders, name)) {
    const splits = await loaders[name]!(rest)
    if (imageSize === undefined || imageSize === splits.train.height) return splits
    throw new ConfigError(`imageSize: the images of ${name} have ${splits.train.height} pixels, got ${imageSize}`)
  }
  if ((await statOrNull(name)) === null) {
    throw new ConfigError(`data: expected one of ${datasetNames.join(', ')}, or the path of images, got "${name}"`)
  }
  const { dataDir, onProgress = () => {} } = rest
  return loadOwn(name, {
    ...{ testShare, splitSeed, skipBad, labels, labelColumn, imageColumn, onProgress },
    ...(imageSize === undefined ? {} : { imageSize }),
    ...(dataDir === undefined ? {} : { dataDir }),
  })
}
