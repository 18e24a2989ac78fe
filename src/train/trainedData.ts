import type { ImageDataset } from '../data/dataset.js'
import { DataError } from '../tensor/errors.js'
import type { InputFormat } from './inputFormat.js'
import type { LoadedModel } from './loadModel.js'
import { isOwnData } from './openData.js'
import type { ConfigLayer } from './readConfig.js'

/** The settings of a data set that a weights file names: the one it was trained on, divided in the same way. */
export function trainedDataLayer({ info, file }: Pick<LoadedModel, 'info' | 'file'>): ConfigLayer {
  const { data, inputSize, testShare, splitSeed, skipBad } = info
  const values: Record<string, unknown> = data === undefined ? {} : { data }
  if (data !== undefined && isOwnData(data)) {
    const numbers = Object.entries({ imageSize: inputSize, testShare, splitSeed })
    for (const [key, text] of numbers) if (text !== undefined) values[key] = Number(text)
    values.skipBad = skipBad === 'true'
  }
  return { values, label: (key) => `${file}: ${key}` }
}

/**
 * A data set as a trained network takes it: normalized as its training images were, its labels numbers of the network's classes.
 * @throws DataError if it has a class that the network does not know, or images of another size
 */
export function asTrained(dataset: ImageDataset, format: InputFormat, file: string): ImageDataset {
  const { classes, mean, std, height, width } = format
  if (dataset.height !== height || dataset.width !== width) {
    throw new DataError(
      `${dataset.name}: images of ${dataset.width} × ${dataset.height} pixels, but ${file} takes ${width} × ${height}`,
    )
  }
  const numbers = dataset.classes.map((name) => classes.indexOf(name))
  const unknown = dataset.classes.filter((_, i) => numbers[i] === -1)
  if (unknown.length > 0) {
    throw new DataError(
      `${dataset.name}: ${file} does not know ${unknown.slice(0, 3).join(', ')}; its classes: ${some(classes)}`,
    )
  }
  const isSame = numbers.length === classes.length && numbers.every((number, i) => number === i)
  const labels = isSame ? dataset.labels : Uint16Array.from(dataset.labels, (label) => numbers[label]!)
  return { ...dataset, labels, classes, mean, std }
}

const some = (names: readonly string[]): string =>
  names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ')
