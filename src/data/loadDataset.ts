import { ConfigError } from '../tensor/errors.js'
import { type DatasetSplits, type LoadOptions, loadCifar10 } from './cifar10.js'
import { loadCifar10Sample } from './cifar10Sample.js'

const loaders: Readonly<Record<string, (options: LoadOptions) => Promise<DatasetSplits>>> = {
  cifar10: loadCifar10,
  'cifar10-sample': loadCifar10Sample,
}

/** The names `loadDataset` knows. */
export const datasetNames: readonly string[] = Object.keys(loaders)

/** How many images each has. */
export const datasetSizes: Readonly<Record<string, { train: number; test: number }>> = {
  cifar10: { train: 50_000, test: 10_000 },
  'cifar10-sample': { train: 500, test: 200 },
}

/** A data set by its name. @throws ConfigError that lists the known names, if this is none of them */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<DatasetSplits> {
  if (!Object.hasOwn(loaders, name)) {
    throw new ConfigError(`unknown dataset '${name}': expected one of ${datasetNames.join(', ')}`)
  }
  return loaders[name]!(options)
}
