import type { ModelOptions } from '../../models/options.js'
import { showShape } from '../../tensor/errors.js'
import { type Shape, sameShape } from '../../tensor/shape.js'
import type { LoadReport, StateDict, StateValue } from '../../tensor/stateDict.js'
import { matchByOrder } from './matchOrder.js'
import { layerOf, type ModelShapes } from './modelShapes.js'
import { timmEps, timmNames } from './timmNames.js'

/** Foreign weights under the names of a network here. */
export interface FittedWeights {
  weights: StateDict
  /** What was done to make them fit, a line each. */
  notes: string[]
  /** What does not fit; what is unexpected has its name in the file. */
  report: LoadReport
  /** Parameters and buffers of the network that the file has. */
  taken: number
  /** Options of the network that make it the one that the weights are of. */
  options: ModelOptions
  /** Outputs of the classifier; undefined if the file has none that fits. */
  numClasses: number | undefined
  /** Name in the network → name in the file. */
  mapping: ReadonlyMap<string, string>
  /**
   * The unexpected ones that belong to something else, without which the network computes the same: other networks
   * beside it, and vectors such as a loss's weights.
   */
  aside: readonly string[]
}

export interface FitOptions {
  /** Name in the registry, for rules of names that are a network's own. */
  model?: string | undefined
  /** Pair layers by order and shape, whatever their names; default: by names. */
  byOrder?: boolean | undefined
}

/**
 * What wrappers put into names: torch.compile, DataParallel and DistributedDataParallel, FSDP, checkpointing,
 * DeepSpeed.
 */
const wrappers = ['_orig_mod', 'module', '_fsdp_wrapped_module', '_checkpoint_wrapped_module', '_forward_module']

/** What averages of weights and profilers count, which belongs to no layer. */
const isCounter = (name: string): boolean => /(^|\.)(n_averaged|total_ops|total_params|num_batches_tracked)$/.test(name)

/** A tensor of the file. */
interface Given {
  name: string
  value: StateValue
}

/** One way to read the file's names. */
interface Reading {
  prefix: string
  /** What lies behind the prefix, by the names there. */
  inside: ReadonlyMap<string, Given>
  /** By the network's names. */
  tensors: Map<string, Given>
  notes: string[]
  taken: number
  /** Options that the names are a sign of. */
  options: ModelOptions
  /** Added to variances in the other network, where it is not what the network here adds. */
  eps: number | null
}

/**
 * Foreign weights as a network here takes them. Names are compared without the prefixes that wrappers and outer modules
 * put before them, and by the rules of timm for the networks that it names otherwise; the classifier may have another
 * name and other classes; a convolution's bias before a batch norm goes into its mean.
 */
export function fitWeights(file: StateDict, model: ModelShapes, options: FitOptions = {}): FittedWeights {
  const { tensors, notes } = unwrap(file, model)
  const readings = options.byOrder
    ? [readByOrder(tensors, model)]
    : prefixesOf(tensors, model).map((prefix) => readByName(tensors, prefix, model, options.model ?? ''))
  const best = readings.reduce((a, b) => (b.taken > a.taken ? b : a))
  const rivals = readings.filter((other) => other !== best && other.taken === best.taken && other.taken > 0)
  const same = rivals.map(({ prefix }) => `"${prefix}"`).join(', ')
  const rivalNotes = rivals.length > 0 ? [`"${best.prefix}" is taken; ${same} would fit as well`] : []
  return finish(file, model, best, notes.concat(best.notes, rivalNotes))
}

/** The file's tensors by their names without what wrappers put into them. */
function unwrap(file: StateDict, { shapes }: ModelShapes): { tensors: Map<string, Given>; notes: string[] } {
  const own = new Set([...shapes.keys()].flatMap((name) => name.split('.')))
  const removable = new Set(wrappers.filter((segment) => !own.has(segment)))
  const removed = new Set<string>()
  const tensors = new Map<string, Given>()
  for (const [name, value] of Object.entries(file)) {
    const segments = name.split('.')
    for (const segment of segments) if (removable.has(segment)) removed.add(segment)
    const plain = segments.filter((segment) => !removable.has(segment)).join('.')
    if (!tensors.has(plain)) tensors.set(plain, { name, value })
  }
  const notes = removed.size === 0 ? [] : [`wrapper's ${quoted(removed, '.')} left out of the names`]
  return { tensors, notes }
}

const quoted = (words: Iterable<string>, end: string): string =>
  Array.from(words, (word) => `"${word}${end}"`).join(' and ')

/**
 * The empty prefix, and every one that a good part of the names has, as `model.`: an average's first, so that it wins a
 * tie.
 */
function prefixesOf(tensors: ReadonlyMap<string, Given>, { shapes }: ModelShapes): string[] {
  const counts = new Map<string, number>()
  for (const name of tensors.keys()) {
    for (let end = name.indexOf('.'); end !== -1; end = name.indexOf('.', end + 1)) {
      const prefix = name.slice(0, end + 1)
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1)
    }
  }
  const enough = Math.max(1, Math.min(shapes.size, tensors.size) / 4)
  const many = [...counts].filter(([, count]) => count >= enough).map(([prefix]) => prefix)
  const isAverage = (prefix: string) => /(^|[._])(ema|averaged?|teacher|shadow)/i.test(prefix)
  return ['', ...many.filter(isAverage), ...many.filter((prefix) => !isAverage(prefix))]
}

function readByName(all: ReadonlyMap<string, Given>, prefix: string, model: ModelShapes, modelName: string): Reading {
  const inside = new Map<string, Given>()
  for (const [name, given] of all) if (name.startsWith(prefix)) inside.set(name.slice(prefix.length), given)
  const notes = prefix === '' ? [] : [`"${prefix}" left out of the names`]
  const timm = timmNames(modelName, [...inside.keys()])
  if (timm) notes.push('the names of timm translated')
  const tensors = timm
    ? new Map([...inside].flatMap(([name, given]) => (timm.has(name) ? [[timm.get(name)!, given] as const] : [])))
    : new Map(inside)
  notes.push(...renameHead(tensors, model))
  const options = timm && modelName === 'mobilenetv1' ? { relu6: true } : {}
  return { prefix, inside, tensors, notes, taken: countTaken(tensors, model), eps: timm ? timmEps : null, options }
}

function readByOrder(all: ReadonlyMap<string, Given>, model: ModelShapes): Reading {
  const names = matchByOrder(
    model.shapes,
    new Map([...all].map(([name, { value }]) => [name, value.shape])),
    model.head,
  )
  const tensors = new Map<string, Given>()
  for (const [name, given] of all) if (names.has(name)) tensors.set(names.get(name)!, given)
  return {
    prefix: '',
    inside: all,
    tensors,
    notes: ['layers paired by order and shape'],
    options: {},
    taken: countTaken(tensors, model),
    eps: null,
  }
}

const countTaken = (tensors: ReadonlyMap<string, Given>, model: ModelShapes): number =>
  [...model.shapes.keys()].filter((name) => tensors.has(name) && fits(name, tensors.get(name)!.value.shape, model))
    .length

/** A shape without ones at its end: a 1×1 convolution is a linear layer. */
const trimmed = (shape: Shape): Shape => shape.slice(0, shape.findLastIndex((n) => n !== 1) + 1)

/**
 * Whether a tensor has the shape of the network's, or does in another writing; a classifier has any number of classes.
 */
function fits(name: string, shape: Shape, { shapes, head }: ModelShapes): boolean {
  const wanted = shapes.get(name)!
  if (sameShape(wanted, shape)) return true
  if (layerOf(name) === head) {
    return (
      shape.length >= wanted.length &&
      sameShape([1, ...wanted.slice(1)], [1, ...shape.slice(1, wanted.length)]) &&
      shape.slice(wanted.length).every((n) => n === 1)
    )
  }
  return name.endsWith('.weight') && sameShape(trimmed(wanted), trimmed(shape))
}

/** A classifier of another name is the only linear layer that is left and fits. @returns what is to be said of it */
function renameHead(tensors: Map<string, Given>, model: ModelShapes): string[] {
  const { head, shapes } = model
  if (head === undefined) return []
  const [weight, bias] = [`${head}.weight`, `${head}.bias`]
  const isThere = tensors.has(weight) && fits(weight, tensors.get(weight)!.value.shape, model)
  if (isThere) return []
  const others = [...tensors.keys()].filter((name) => {
    const layer = layerOf(name)
    const { shape } = tensors.get(name)!.value
    const hasBias = tensors.get(`${layer}.bias`)?.value.shape[0] === shape[0]
    return name.endsWith('.weight') && !shapes.has(name) && shape.length >= 2 && hasBias && fits(weight, shape, model)
  })
  if (others.length !== 1) return []
  const layer = layerOf(others[0]!)
  for (const [theirs, ours] of [
    [`${layer}.weight`, weight],
    [`${layer}.bias`, bias],
  ] as const) {
    tensors.set(ours, tensors.get(theirs)!)
    tensors.delete(theirs)
  }
  return [`the classifier "${layer}" is "${head}" here`]
}

function finish(file: StateDict, model: ModelShapes, reading: Reading, notes: string[]): FittedWeights {
  const { shapes, head, eps } = model
  const { tensors } = reading
  const weights: StateDict = {}
  const mapping = new Map<string, string>()
  const report: LoadReport = { missing: [], unexpected: [], wrongShape: [] }
  for (const [name, wanted] of shapes) {
    const given = tensors.get(name)
    if (!given) report.missing.push(name)
    else if (!fits(name, given.value.shape, model)) {
      report.wrongShape.push(`${name} expected ${showShape(wanted)} got ${showShape(given.value.shape)}`)
      mapping.set(name, given.name)
    } else {
      const isHead = layerOf(name) === head
      const shape = isHead ? given.value.shape.slice(0, wanted.length) : wanted
      weights[name] = { ...given.value, shape }
      mapping.set(name, given.name)
    }
  }
  for (const layer of eps.keys()) {
    const counter = tensors.get(`${layer}.num_batches_tracked`)
    if (counter) weights[`${layer}.num_batches_tracked`] = counter.value
  }
  const folded = foldBiases(tensors, model, weights)
  if (folded.size > 0) notes.push(`biases of ${folded.size} convolutions taken into the batch norms behind them`)
  if (reading.eps !== null) notes.push(...changeEps(weights, eps, reading.eps))
  const used = new Set([...mapping.values(), ...folded])
  report.unexpected = Object.keys(file).filter((name) => !used.has(name) && !isCounter(name))
  for (const list of Object.values(report)) list.sort()
  const numClasses = weights[`${head}.weight`]?.shape[0]
  const aside = asideNames(file, report.unexpected, reading, model)
  return {
    weights,
    notes,
    report,
    taken: countTaken(tensors, model),
    numClasses,
    mapping,
    aside,
    options: reading.options,
  }
}

function asideNames(
  file: StateDict,
  unexpected: readonly string[],
  { inside }: Reading,
  { shapes }: ModelShapes,
): string[] {
  const module = (name: string) => name.split('.')[0]!
  const own = new Set(Array.from(shapes.keys(), module))
  const plain = new Map(Array.from(inside, ([name, given]) => [given.name, name]))
  const withWeights = new Set(
    unexpected.filter((name) => file[name]!.shape.length > 1).map((name) => module(plain.get(name) ?? '')),
  )
  return unexpected.filter((name) => {
    const inner = plain.get(name)
    return inner === undefined || !(own.has(module(inner)) || withWeights.has(module(inner)))
  })
}

/**
 * y = (x + b − mean) / σ is (x − (mean − b)) / σ: a bias that a network here has no place for goes into the running
 * mean.
 * @returns names in the file of the biases
 */
function foldBiases(
  tensors: ReadonlyMap<string, Given>,
  { shapes, eps }: ModelShapes,
  weights: StateDict,
): Set<string> {
  const layers = [...new Set([...shapes.keys()].map(layerOf))]
  const folded = new Set<string>()
  for (const [i, layer] of layers.entries()) {
    const bias = tensors.get(`${layer}.bias`)
    const norm = layers[i + 1]
    const isBare = shapes.has(`${layer}.weight`) && !shapes.has(`${layer}.bias`)
    if (!bias || !isBare || norm === undefined || !eps.has(norm)) continue
    const mean = weights[`${norm}.running_mean`]
    if (!mean || !sameShape(mean.shape, bias.value.shape)) continue
    weights[`${norm}.running_mean`] = { ...mean, data: mean.data.map((v, c) => v - bias.value.data[c]!) }
    folded.add(bias.name)
  }
  return folded
}

/** √(variance + theirs) is √((variance + theirs − ours) + ours). @returns what is to be said of it */
function changeEps(weights: StateDict, eps: ReadonlyMap<string, number>, theirs: number): string[] {
  let changed = 0
  for (const [layer, ours] of eps) {
    const variance = weights[`${layer}.running_var`]
    if (!variance || ours === theirs) continue
    weights[`${layer}.running_var`] = { ...variance, data: variance.data.map((v) => v + (theirs - ours)) }
    changed++
  }
  return changed === 0 ? [] : [`${changed} batch norms add ${theirs} to the variance there: taken into the variances`]
}
