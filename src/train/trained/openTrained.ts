import type { WeightsPart } from '../../io/torch/stateDict.js'
import { isModelFile } from '../../models/modelFile.js'
import type { ModelOptions } from '../../models/options.js'
import { createModel, findModel, takesOption } from '../../models/registry.js'
import type { Module } from '../../nn/module.js'
import { ConfigError, DataError } from '../../tensor/errors.js'
import type { LoadReport, StateDict } from '../../tensor/stateDict.js'
import { modelNameOf, openOwnModel } from '../ownModel.js'
import { openWeightsFile } from '../weights.js'
import { checkClassCount, type FormatKey, resolveFormat } from './assume.js'
import { describeMisfit, summarizeNames } from './describeMisfit.js'
import { factsBeside, knownFacts } from './facts.js'
import { type FittedWeights, fitWeights } from './fitWeights.js'
import { modelShapes } from './modelShapes.js'
import { fitsWhole, nearest, type Recognized, recognize } from './recognize.js'
import { decodeFacts, type KnownFacts, type TrainedOn } from './trainedOn.js'

/** A network with its weights, what it was trained on, and where they came from. */
export interface LoadedModel {
  model: Module
  /** Its name in the registry, and the options it was made with. */
  name: string
  options: ModelOptions
  /** The file that the weights came from. */
  file: string
  trainedOn: TrainedOn
  /** What of the images' format neither the file nor anybody else says. */
  assumed: ReadonlySet<FormatKey>
  /** What was assumed or done to make the weights fit: a line each. */
  notes: readonly string[]
}

/** What a caller knows better than the file. */
export interface TrainedOverrides {
  /** A name that `createModel` knows; default: what the file says, else what the weights fit. */
  model?: string | undefined
  /** Options of the model; they win over those in the file. */
  options?: ModelOptions | undefined
  classes?: readonly string[] | undefined
  mean?: readonly number[] | undefined
  std?: readonly number[] | undefined
  /** Height and width of the images, pixels. */
  inputSize?: number | undefined
  /** Share of the side of an image that is left around its centre: 0.875 for most networks of ImageNet. */
  cropShare?: number | undefined
  /** Which of a checkpoint's dictionaries is taken, by name: `state_dict_ema`. */
  stateDict?: string | undefined
  /** Pair layers by order and shape, whatever their names. */
  byOrder?: boolean | undefined
}

/**
 * A trained model from a weights file, a checkpoint or a run's folder, in evaluation mode, with all that is known of
 * its images: from the file, from files beside it (`config.json`), from the caller; the rest is assumed and said.
 * @param path of a file (safetensors, `.pth`, `.npz`) or a run's folder
 * @throws DataError if the weights do not fit the model, ConfigError if it is not clear which model they are for
 */
export function openTrained(path: string, overrides: TrainedOverrides = {}): LoadedModel {
  const found = findFit(path, overrides)
  const { fitted, model } = found
  const { aside, report } = fitted
  if (!fitsWhole(fitted) || report.unexpected.length > aside.length) throw misfit(found, overrides)
  const notes =
    aside.length > 0
      ? [`${aside.length} tensors that ${model} has no place for are left out: ${summarizeNames(aside)}`]
      : []
  return build(found, overrides, notes)
}

/** A trained model from a weights file, a checkpoint or a run's folder: see `openTrained`. */
export const loadModel = (path: string, name?: string, options: ModelOptions = {}): LoadedModel =>
  openTrained(path, { model: name, options })

/** A network with foreign weights, and what did not fit. */
export interface ImportedModel extends LoadedModel {
  /** What did not fit. What is missing, or has another shape, has its initial values (seed 0). */
  report: LoadReport
  /** Tensors of the file that were taken. */
  taken: number
  /** Name in the network → name in the file, of all that were taken. */
  mapping: ReadonlyMap<string, string>
  fitted: FittedWeights
}

/** As `openTrained`, but takes what fits and says what does not. @throws DataError if nothing fits */
export function importModel(path: string, overrides: TrainedOverrides = {}): ImportedModel {
  const found = findFit(path, overrides)
  const { fitted } = found
  if (fitted.taken === 0) throw misfit(found, overrides)
  const { report, weights, mapping } = fitted
  return { ...build(found, overrides, []), report, taken: Object.keys(weights).length, mapping, fitted }
}

/** Weights and the network that they are for. */
interface Found {
  file: string
  known: KnownFacts
  model: string
  options: ModelOptions
  fitted: FittedWeights
  tensors: StateDict
  notes: string[]
}

function findFit(path: string, overrides: TrainedOverrides): Found {
  const { file, parts, metadata, facts } = openWeightsFile(path)
  const own = decodeFacts(metadata, file)
  const isOurs = own.modelOptions !== undefined || isRegistered(own.model)
  const beside = isOurs ? [] : factsBeside(file)
  const others = beside.filter(({ isOwn }) => !isOwn)
  const notes = others.map((source) => `${Object.keys(source.facts).join(', ')} from ${source.file}`)
  const { model: named, ...rest } = own
  const known: KnownFacts = Object.assign(
    {},
    ...beside.toReversed().map((source) => source.facts),
    knownFacts(facts),
    rest,
    isRegistered(named) ? { model: named } : {},
  )
  const part = choosePart(parts, file, overrides.stateDict, notes)
  const tensors = part.read()
  const { byOrder } = overrides
  const model = overrides.model === undefined ? known.model : modelNameOf(overrides.model)
  if (model !== undefined) {
    openOwnModel(model, overrides.model !== undefined)
    // A module that has moved is still the same network.
    const isSame = model === known.model || (isModelFile(model) && isModelFile(known.model ?? ''))
    const options = { ...(isSame ? (known.modelOptions as ModelOptions) : {}), ...overrides.options }
    const fitted = fitWeights(tensors, modelShapes(model, options), { model, byOrder })
    // What other tools' settings say may be meant otherwise.
    const isGiven = overrides.model !== undefined || isOurs
    if (isGiven || fitsWhole(fitted)) return { file, known, model, options, fitted, tensors, notes }
  }
  const found = recognizeOne(tensors, file, byOrder ?? false)
  notes.push(`names and shapes of the tensors are those of ${describeModel(found.model, found.options)}`)
  return { ...found, options: { ...found.options, ...overrides.options }, file, known, tensors, notes }
}

/** Whether a file names a network that is known, or the module of one. */
const isRegistered = (name: string | undefined): boolean =>
  name !== undefined && (findModel(name) !== undefined || isModelFile(name))

/** `ghostnet --width 1.3` */
export const describeModel = (name: string, options: ModelOptions): string =>
  [name, ...Object.entries(options).map(([key, value]) => `--${key} ${value}`)].join(' ')

function choosePart(
  parts: readonly WeightsPart[],
  file: string,
  wanted: string | undefined,
  notes: string[],
): WeightsPart {
  const names = parts.map(({ name }) => name || 'the whole')
  const found = wanted === undefined ? parts[0]! : parts.find(({ name }) => name === wanted)
  if (!found) throw new ConfigError(`--state-dict: expected one of ${names.join(', ')} in ${file}, got "${wanted}"`)
  if (parts.length > 1 && wanted === undefined) {
    notes.push(`"${found.name}" is taken of ${names.join(', ')} (--state-dict NAME takes another)`)
  }
  return found
}

/** Networks that the weights of a file fit. */
export interface WeightsFit {
  file: string
  notes: readonly string[]
  byName: readonly Recognized[]
  /** Those that they fit by order and shape alone. */
  byOrder: readonly Recognized[]
  /** Where they fit none: the two that take most of them. */
  near: readonly Recognized[]
}

/** Which networks of the registry the weights of a file fit, whatever the file says. */
export function whatWeightsFit(path: string, stateDict?: string): WeightsFit {
  const { file, parts } = openWeightsFile(path)
  const notes: string[] = []
  const tensors = choosePart(parts, file, stateDict, notes).read()
  const { byName, byOrder } = recognize(tensors)
  const near = byName.length + byOrder.length > 0 ? [] : nearest(tensors)
  return { file, notes, byName, byOrder, near }
}

/** The only network that weights fit. @throws ConfigError if there are several, or none */
function recognizeOne(tensors: StateDict, file: string, byOrder: boolean) {
  const found = recognize(tensors)
  const fitting = byOrder && found.byName.length === 0 ? found.byOrder : found.byName
  if (fitting.length === 1) return fitting[0]!
  const ask = `${file} does not say which model its weights are for: name it by --model NAME`
  const list = (all: typeof fitting) => all.map(({ model, options }) => describeModel(model, options)).join(', ')
  if (fitting.length > 1) throw new ConfigError(`${ask}; they fit ${list(fitting)}`)
  if (found.byOrder.length > 0) {
    throw new ConfigError(`${ask}; by names they fit none, by order and shape (--match order) ${list(found.byOrder)}`)
  }
  throw new ConfigError(`${ask}; they fit none of those here to the last tensor (ghostgrad import ${file})`)
}

function misfit({ fitted, model, options, file, tensors }: Found, { byOrder }: TrainedOverrides): DataError {
  const problems = describeMisfit(fitted).join('; ')
  const other = byOrder ? null : fitWeights(tensors, modelShapes(model, options), { model, byOrder: true })
  const advice =
    other && fitsWhole(other) && other.report.unexpected.length === 0
      ? '; by order and shape all of them fit: --match order takes them so'
      : ` (ghostgrad import ${file} lists all)`
  return new DataError(
    `${file}: the weights do not fit the model ${describeModel(model, options)}: ${problems}${advice}`,
  )
}

/** What a network was trained on, without the network. */
type Described = Omit<LoadedModel, 'model'>

function describeTrained(found: Found, overrides: TrainedOverrides, notes: readonly string[]): Described {
  const { file, model: name, fitted, known } = found
  const { classes, mean, std, inputSize, cropShare } = overrides
  const numClasses = fitted.numClasses ?? found.options.numClasses ?? 10
  if (classes) checkClassCount(classes, numClasses, '--classes')
  // Names beside the weights, or of a checkpoint, may be of something else.
  const isOther = known.modelOptions === undefined && known.classes !== undefined && known.classes.length !== numClasses
  const facts: KnownFacts = {
    ...known,
    ...(isOther ? { classes: undefined } : {}),
    ...given({ classes: classes && [...classes], mean: mean && [...mean], std: std && [...std], inputSize, cropShare }),
  }
  const { numClasses: _, inputSize: builtFor, ...rest } = found.options
  const { format, assumed, note } = resolveFormat(facts, { model: name, options: found.options, numClasses, file })
  const takesSize = takesOption(name, 'inputSize')
  const side = builtFor ?? format.height
  const options: ModelOptions = {
    ...rest,
    ...fitted.options,
    ...(numClasses === 10 ? {} : { numClasses }),
    ...(takesSize && side !== 32 ? { inputSize: side } : {}),
  }
  const { data, testShare, splitSeed, skipBad, labels, labelColumn, imageColumn, epoch } = known
  const more = given({ data, testShare, splitSeed, skipBad, labels, labelColumn, imageColumn, epoch })
  const all = [...found.notes, ...fitted.notes, ...notes, ...(note === null ? [] : [note])]
  return { name, options, file, assumed, trainedOn: { ...format, model: name, options, ...more }, notes: all }
}

function build(found: Found, overrides: TrainedOverrides, notes: readonly string[]): LoadedModel {
  const described = describeTrained(found, overrides, notes)
  const model = createModel(described.name, { ...described.options, seed: 0 }).eval()
  model.loadStateDict(found.fitted.weights, { strict: false })
  return { ...described, model }
}

/**
 * What the weights of a file are for, without making the network: what training starts from needs not fit to the last
 * tensor.
 * @throws ConfigError if it is not clear which model they are for
 */
export function describeWeights(path: string, model?: string): Described & { taken: number } {
  const found = findFit(path, { model })
  return { ...describeTrained(found, {}, []), taken: found.fitted.taken }
}

const given = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
