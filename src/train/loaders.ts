import type { DatasetSplits } from '../data/cifar10.js'
import type { ImageDataset } from '../data/dataset.js'
import { DataLoader } from '../data/loader.js'
import { allIndexes, someIndexes, stratifiedSplit } from '../data/split.js'
import { augmentByName, augmentPresets } from '../data/transforms.js'
import { ConfigError } from '../tensor/errors.js'
import type { RunConfig } from './config.js'

/** Which images a run uses, as indexes. */
interface Parts {
  /** Of the training set. */
  train: Int32Array
  /** Of the training set, or of the set's own part for validation; null where epochs are judged by the test set. */
  validation: Int32Array | null
  /** Of the test set; null where it is not used. */
  test: Int32Array | null
}

export interface Loaders {
  trainLoader: DataLoader
  validationLoader?: DataLoader
  testLoader?: DataLoader
  /** The training images, as indexes in their data set. */
  trainIndexes: Int32Array
}

export function buildLoaders(config: RunConfig, data: DatasetSplits): Loaders {
  const { batchSize, evalBatchSize, order, seed, dropLast, mixup = 0, cutmix = 0, overfitBatches } = config
  const { train, validation, test } = chooseImages(config, data)
  const augment = overfitBatches === undefined ? augmentByName(config.augment)! : augmentPresets.none
  const evaluation = { batchSize: evalBatchSize }
  return {
    trainIndexes: train,
    trainLoader: new DataLoader(data.train, {
      ...{ batchSize, order, seed, augment, dropLast, indexes: train },
      ...(mixup + cutmix > 0 ? { mix: { mixup, cutmix } } : {}),
    }),
    ...(validation
      ? { validationLoader: new DataLoader(heldOut(config, data), { ...evaluation, indexes: validation }) }
      : {}),
    ...(test ? { testLoader: new DataLoader(data.test, { ...evaluation, indexes: test }) } : {}),
  }
}

function chooseImages(config: RunConfig, data: DatasetSplits): Parts {
  const { valSplit, overfitBatches, fastDevRun, seed, batchSize, evalBatchSize, accumulate = 1 } = config
  const all = allIndexes(data.train.count)
  const test = data.test.count > 0 ? allIndexes(data.test.count) : null
  if (valSplit !== undefined && data.validation) {
    throw new ConfigError(
      `valSplit: ${config.data} has a part for validation of its own, of ${data.validation.count} images: leave valSplit out`,
    )
  }
  const update = batchSize * accumulate // images
  if (overfitBatches !== undefined) {
    const train = someIndexes(all, overfitImages(overfitBatches * update, all.length), seed)
    return { train, validation: train, test: null }
  }
  const parts =
    valSplit === undefined
      ? { train: all, validation: data.validation ? allIndexes(data.validation.count) : null, test }
      : { ...stratifiedSplit(data.train, valSplit, seed), test }
  if (update > parts.train.length) {
    const product = accumulate > 1 ? `batchSize · accumulate is ${update}` : `batchSize is ${update}`
    throw new ConfigError(`${product}: more than the ${parts.train.length} training images of ${data.train.name}`)
  }
  if (!fastDevRun) return parts
  const few = (indexes: Int32Array, count: number) => someIndexes(indexes, count, seed)
  return {
    train: few(parts.train, update),
    validation: parts.validation && few(parts.validation, evalBatchSize),
    test: test && few(test, evalBatchSize),
  }
}

/** What the indexes for validation are of. */
const heldOut = ({ valSplit, overfitBatches }: RunConfig, { train, validation }: DatasetSplits): ImageDataset =>
  valSplit === undefined && overfitBatches === undefined && validation ? validation : train

function overfitImages(wanted: number, present: number): number {
  if (wanted <= present) return wanted
  throw new ConfigError(`overfitBatches: expected steps of at most ${present} images in all, got ${wanted}`)
}
