import { existsSync, realpathSync } from 'node:fs'
import { evaluationPart } from '../../data/cifar10.js'
import { cropDataset, type ShownSize, sizeBeforeCrop } from '../../data/cropCentre.js'
import type { ImageDataset } from '../../data/dataset.js'
import { imagenetClasses } from '../../data/imagenetClasses.js'
import type { DatasetOptions } from '../../data/loadDataset.js'
import { ConfigError, DataError } from '../../tensor/errors.js'
import type { RunConfig } from '../config.js'
import { isOwnData, openData } from '../openData.js'
import { type ConfigLayer, readConfig } from '../readConfig.js'
import type { LoadedModel } from './openTrained.js'
import type { InputFormat } from './trainedOn.js'

type Trained = Pick<LoadedModel, 'trainedOn' | 'assumed' | 'file'>

/** A data set as a trained network takes it, and the settings that it was opened with. */
export interface TrainedData {
  /** Without an image where all of them are for testing. */
  train: ImageDataset
  /** The test images; where there are none, those for validation. */
  test: ImageDataset
  config: RunConfig
  /** What the network is told of the images. */
  format: InputFormat
  /** How the data set's classes became the network's, if not by name. */
  notes: string[]
}

/** The settings of the data set that a network was trained on, divided in the same way. */
export function trainedDataLayer({ trainedOn, file }: Trained, chosen?: unknown): ConfigLayer {
  const { data, testShare, splitSeed, skipBad, labels, labelColumn, imageColumn } = trainedOn
  const values: Record<string, unknown> = { data }
  const isOwn = isOwnData(typeof chosen === 'string' ? chosen : (data ?? 'cifar10'))
  if (isOwn) values.imageSize = sizeBeforeCrop(trainedOn).height
  if (data !== undefined && isOwnData(data)) {
    Object.assign(values, { testShare, splitSeed, skipBad: skipBad ?? false, labels, labelColumn, imageColumn })
  }
  return { values, label: (key) => `${file}: ${key}` }
}

/**
 * The data set that settings name, by default the one that a network was trained on, as the network takes it.
 * @throws DataError if it has classes that the network does not know, or images of another size
 */
export async function openTrainedData(
  trained: Trained,
  settings: ConfigLayer,
  more: DatasetOptions = {},
): Promise<TrainedData> {
  const { data } = settings.values
  const config = readConfig(trainedDataLayer(trained, data), settings)
  if (data === undefined && trained.trainedOn.data === undefined && trained.trainedOn.classes.length !== 10) {
    throw new ConfigError(`${trained.file} does not say which images it is for: name them by --data PATH`)
  }
  // Images that nobody divided, and that the network was not trained on, are all there to test it.
  const isAll = !isDividedBy(settings) && !isSamePlace(config.data, trained.trainedOn.data)
  const splits = await openData(config, isAll ? { ...more, testShare: 1 } : more)
  const evaluated = evaluationPart(splits)
  const shown = sizeFor(evaluated, trained, settings.values.imageSize !== undefined)
  const as = (dataset: ImageDataset) =>
    asTrained(
      shown.cropShare === 1 ? dataset : cropDataset(dataset, shown),
      { ...trained.trainedOn, ...shown },
      trained,
    )
  // The test images first: an error names them.
  const { dataset: test, notes } = as(evaluated)
  const { dataset: train } = as(splits.train)
  const format = { ...trained.trainedOn, ...shown, classes: test.classes }
  return { train, test, config, format, notes }
}

/** Whether the user asks for a division. */
const isDividedBy = ({ values }: ConfigLayer): boolean =>
  values.testShare !== undefined || values.splitSeed !== undefined

/** Whether two data sets have the same name or path. One whose images have gone may be any: they may have been moved. */
function isSamePlace(data: string, trainedOn: string | undefined): boolean {
  if (trainedOn === undefined || !isOwnData(data) || !isOwnData(trainedOn)) return data === trainedOn
  if (!existsSync(trainedOn) || !existsSync(data)) return true
  return realpathSync(trainedOn) === realpathSync(data)
}

/** What the network is shown; a size that was only assumed, or that the user chose, is that of the images. */
function sizeFor({ height, width }: ImageDataset, { trainedOn, assumed }: Trained, isChosen: boolean): ShownSize {
  const before = sizeBeforeCrop(trainedOn)
  const isUncut = !isChosen && height === before.height && width === before.width
  if (isUncut) return { height: trainedOn.height, width: trainedOn.width, cropShare: trainedOn.cropShare }
  if (isChosen || assumed.has('inputSize')) return { height, width, cropShare: 1 }
  return { height: trainedOn.height, width: trainedOn.width, cropShare: 1 }
}

/**
 * A data set normalized as a network's training images were, its labels numbers of the network's classes.
 * @throws DataError if it has a class that the network does not know, or images of another size
 */
export function asTrained(
  dataset: ImageDataset,
  format: InputFormat,
  { assumed, file }: Trained,
): { dataset: ImageDataset; notes: string[] } {
  const { mean, std, height, width } = format
  if (dataset.height !== height || dataset.width !== width) {
    throw new DataError(
      `${dataset.name}: images of ${dataset.width} × ${dataset.height} pixels, but ${file} takes ${width} × ${height}`,
    )
  }
  const { classes, numbers, notes } = matchClasses(dataset.classes, format.classes, assumed.has('classes'))
  const unknown = dataset.classes.filter((_, i) => numbers[i] === -1)
  if (unknown.length > 0) {
    throw new DataError(
      `${dataset.name}: ${file} does not know ${unknown.slice(0, 3).join(', ')}; its classes: ${some(classes)}`,
    )
  }
  const isSame = numbers.length === classes.length && numbers.every((number, i) => number === i)
  const labels = isSame ? dataset.labels : Uint16Array.from(dataset.labels, (label) => numbers[label]!)
  return { dataset: { ...dataset, labels, classes, mean, std }, notes }
}

interface Match {
  classes: readonly string[]
  /** Of each of the data set's classes its number among the network's; −1 for unknown. */
  numbers: number[]
  notes: string[]
}

/** Classes by name; else by WordNet id, or by number; where the network's have no names, or assumed ones, by order. */
function matchClasses(theirs: readonly string[], classes: readonly string[], isAssumed: boolean): Match {
  const by = (list: readonly string[], key: (name: string) => string): number[] => {
    const places = new Map(list.map((name, i) => [key(name), i]))
    return theirs.map((name) => places.get(key(name)) ?? -1)
  }
  const isWhole = (numbers: readonly number[]) => !numbers.includes(-1)
  const exact = by(classes, (name) => name)
  if (isWhole(exact)) return { classes, numbers: exact, notes: [] }
  const loose = by(classes, (name) => name.toLowerCase().replace(/[\s_-]+/g, ' '))
  if (isWhole(loose) && new Set(loose).size === loose.length) return { classes, numbers: loose, notes: [] }
  const imagenet = imagenetClasses()
  if (classes.length === imagenet.length && classes.every((name, i) => name === imagenet[i]!.name)) {
    const ids = by(
      imagenet.map(({ id }) => id),
      (name) => name.slice(0, 9),
    )
    if (isWhole(ids)) return { classes, numbers: ids, notes: ['classes are matched by their WordNet ids'] }
  }
  const numbers = theirs.map((name) => (/^\d+$/.test(name) && Number(name) < classes.length ? Number(name) : -1))
  if (isWhole(numbers) && exact.every((number) => number === -1)) {
    return { classes, numbers, notes: ['classes are matched by their numbers'] }
  }
  const isNameless = classes.every((name, i) => name === `class ${i}` || name === String(i))
  if ((isAssumed || isNameless) && theirs.length === classes.length) {
    return { classes: theirs, numbers: theirs.map((_, i) => i), notes: ['classes are matched by their order'] }
  }
  return { classes, numbers: exact, notes: [] }
}

const some = (names: readonly string[]): string =>
  names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ')
