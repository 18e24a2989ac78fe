import { z } from 'zod'
import { cifarClasses, cifarMean, cifarStd } from '../data/cifarRecords.js'
import type { ImageDataset } from '../data/dataset.js'
import { DataError } from '../tensor/errors.js'
import type { LoadedModel } from './loadModel.js'
import type { WeightsInfo } from './weights.js'

/** What a network was trained on: what its inputs have to be, and what its outputs mean. */
export type InputFormat = Pick<ImageDataset, 'classes' | 'mean' | 'std' | 'height' | 'width'>

/** As metadata of a weights file; lists are JSON. */
export function inputFacts({ classes, mean, std, height }: InputFormat) {
  const lists = Object.entries({ classes, mean, std }).map(([key, list]) => [key, JSON.stringify(list)])
  return { ...(Object.fromEntries(lists) as Record<'classes' | 'mean' | 'std', string>), inputSize: String(height) }
}

const names = z.array(z.string()).min(1)
const channels = z.array(z.number()).length(3)
const size = z.coerce.number().int().min(1).max(4096)

/**
 * Of a loaded model, by what its file says; a file that says nothing is taken for one of CIFAR-10.
 * @throws DataError if what it says is damaged
 */
export function readInputFormat({ info, options, file }: Pick<LoadedModel, 'info' | 'options' | 'file'>): InputFormat {
  const { numClasses = 10, inputSize = 32 } = options
  const side = info.inputSize === undefined ? inputSize : parse(size, Number(info.inputSize), file)
  const list = <T>(schema: z.ZodType<T>, key: keyof WeightsInfo, fallback: T): T =>
    info[key] === undefined ? fallback : parse(schema, info[key], file)
  const classes = list(json(names), 'classes', fallbackClasses(numClasses))
  if (classes.length !== numClasses) {
    throw new DataError(`${file}: names ${classes.length} classes, but the model has ${numClasses}`)
  }
  const mean = list(json(channels), 'mean', [...cifarMean])
  return { classes, mean, std: list(json(channels), 'std', [...cifarStd]), height: side, width: side }
}

const json = <T>(schema: z.ZodType<T>) =>
  z
    .string()
    .transform((text) => JSON.parse(text) as unknown)
    .pipe(schema)

function parse<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
  try {
    return schema.parse(value)
  } catch {
    throw new DataError(`${file}: what its metadata says of the images is damaged`)
  }
}

const fallbackClasses = (count: number): string[] =>
  count === cifarClasses.length ? [...cifarClasses] : Array.from({ length: count }, (_, i) => `class ${i}`)
