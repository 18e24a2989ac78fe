import { cifar100Classes } from '../../data/cifar100Classes.js'
import { cifarClasses, cifarMean, cifarStd } from '../../data/cifarRecords.js'
import { imagenetClasses, imagenetMean, imagenetStd } from '../../data/imagenetClasses.js'
import type { ModelOptions } from '../../models/options.js'
import { ConfigError, DataError } from '../../tensor/errors.js'
import type { InputFormat, KnownFacts } from './trainedOn.js'

/** A part of a network's input format. */
export type FormatKey = 'classes' | 'mean' | 'std' | 'inputSize' | 'cropShare'

/** An input format, and what of it nobody said. */
export interface ResolvedFormat {
  format: InputFormat
  assumed: ReadonlySet<FormatKey>
  /** What was assumed, in words; null for nothing. */
  note: string | null
}

const cifar100Mean: readonly number[] = [0.5071, 0.4865, 0.4409]
const cifar100Std: readonly number[] = [0.2673, 0.2564, 0.2762]

/** What images are to a network, of which only the number of classes is known. */
interface Defaults {
  classes: readonly string[]
  /** Whose they are, for the note. */
  classesOf: string
  mean: readonly number[]
  std: readonly number[]
  inputSize: number
  cropShare: number
}

const isForSmallImages = (model: string): boolean => /^(ghost-)?(vgg16|resnet(20|32|44|56|110))$/.test(model)

function defaultsFor(model: string, numClasses: number, data: string | undefined): Defaults {
  const small = { inputSize: 32, cropShare: 1 }
  const cifar = { classesOf: 'of CIFAR-10', classes: cifarClasses, mean: cifarMean, std: cifarStd, ...small }
  const cifar100 = {
    ...{ classesOf: 'of CIFAR-100', classes: cifar100Classes, mean: cifar100Mean, std: cifar100Std, ...small },
  }
  const numbered = Array.from({ length: numClasses }, (_, i) => `class ${i}`)
  const isSmall = isForSmallImages(model) || (model === 'ghostnet' && numClasses !== 1000)
  if (numClasses === 1000 && !isSmall) {
    const classes = imagenetClasses().map(({ name }) => name)
    return { classesOf: 'of ImageNet', classes, mean: imagenetMean, std: imagenetStd, inputSize: 224, cropShare: 0.875 }
  }
  const named = data?.startsWith('cifar') ? (data === 'cifar100' ? cifar100 : cifar) : null
  if (named?.classes.length === numClasses) return named
  if (!isSmall)
    return {
      classesOf: 'by number',
      classes: numbered,
      mean: imagenetMean,
      std: imagenetStd,
      inputSize: 224,
      cropShare: 1,
    }
  if (numClasses === 10) return cifar
  if (numClasses === 100) return cifar100
  return { ...cifar, classesOf: 'by number', classes: numbered }
}

/**
 * The input format of a network: what is known, and for the rest what networks of its kind and number of classes were
 * usually trained on.
 * @param file names it in messages
 * @throws DataError if it is known for another number of classes
 */
export function resolveFormat(
  known: KnownFacts,
  { model, options, numClasses, file }: { model: string; options: ModelOptions; numClasses: number; file: string },
): ResolvedFormat {
  const defaults = defaultsFor(model, numClasses, known.data)
  const classes = known.classes ?? defaults.classes
  if (classes.length !== numClasses) {
    throw new DataError(`${file}: names ${classes.length} classes, but the model has ${numClasses}`)
  }
  const side = known.inputSize ?? options.inputSize ?? defaults.inputSize
  // Who says how large images are, and not that they are cut, shows them whole.
  const isWhole = known.inputSize !== undefined || options.inputSize !== undefined
  const { mean = defaults.mean, std = defaults.std, cropShare = isWhole ? 1 : defaults.cropShare } = known
  const format = { classes, mean, std, height: side, width: side, cropShare }
  if (known.data !== undefined && known.classes === undefined && known.data.startsWith('cifar')) {
    return { format, assumed: new Set(), note: null }
  }
  const assumed = new Set<FormatKey>()
  for (const key of ['classes', 'mean', 'std'] as const) if (known[key] === undefined) assumed.add(key)
  if (!isWhole) assumed.add('inputSize')
  if (known.cropShare === undefined && cropShare !== 1) assumed.add('cropShare')
  return { format, assumed, note: describe(assumed, format, defaults.classesOf) }
}

function describe(
  assumed: ReadonlySet<FormatKey>,
  { mean, std, height, cropShare }: InputFormat,
  classesOf: string,
): string | null {
  const parts = [
    assumed.has('classes') ? `classes ${classesOf} (--classes)` : '',
    assumed.has('mean') ? `mean ${mean.join(',')} (--mean)` : '',
    assumed.has('std') ? `standard deviation ${std.join(',')} (--std)` : '',
    assumed.has('inputSize') ? `images of ${height} pixels (--input-size)` : '',
    assumed.has('cropShare') ? `cut out of ${Math.round(height / cropShare)} pixels (--crop-share)` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? null : `assumed, as the file does not say: ${parts.join('; ')}`
}

/** @throws ConfigError if there is not a name for each class */
export function checkClassCount(classes: readonly string[], numClasses: number, source: string): void {
  if (classes.length === numClasses) return
  throw new ConfigError(`${source}: expected ${numClasses} names of classes, as the network has, got ${classes.length}`)
}
