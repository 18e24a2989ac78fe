import type { ImageDataset } from '../data/dataset.js'
import { DataError } from '../tensor/errors.js'
import type { InputFormat } from './inputFormat.js'
import type { LoadedModel } from './loadModel.js'
import { isOwnData } from './openData.js'
import type { ConfigLayer } from './readConfig.js'

/** The settings of a data set that a weights file names: the one it was trained on, divided in the same way. */
export function trainedDataLayer({ info, file }: Pick<LoadedModel, 'info' | 'file'>): ConfigLayer {
  const { data, inputSize, testShare, splitSeed, skipBad, labels, labelColumn, imageColumn } = info
  const values: Record<string, unknown> = data === undefined ? {} : { data }
  if (data !== undefined && isOwnData(data)) {
    const numbers = Object.entries({ imageSize: inputSize, testShare, splitSeed })
    for (const [key, text] of numbers) if (text !== undefined) values[key] = Number(text)
    values.skipBad = skipBad === 'true'
    Object.assign(values, { labels, labelColumn, imageColumn })
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
  const numbers = classNumbers(dataset.classes, classes)
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

/** The network's number of each class of a data set; −1 where it has none. */
function classNumbers(names: readonly string[], known: readonly string[]): number[] {
  const byName = names.map((name) => known.indexOf(name))
  if (byName.every((number) => number >= 0)) return byName
  // A network whose classes have no names takes those of a set as numbered, or in their order.
  const isNameless = known.every((name, i) => name === `class ${i}` || name === String(i))
  const areNumbers = names.every((name) => /^\d+$/.test(name) && Number(name) < known.length)
  if (areNumbers && byName.every((number) => number === -1)) return names.map(Number)
  return isNameless && names.length === known.length ? [...names.keys()] : byName
}

const some = (names: readonly string[]): string =>
  names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ')
