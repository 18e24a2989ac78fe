import { DataError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { StateDict } from '../../tensor/stateDict.js'
import { toStateValue } from '../fileArray.js'
import { describe } from '../pickle/describe.js'
import { InertObject } from '../pickle/inert.js'
import { isArray } from './globals.js'
import { readTorch } from './read.js'
import { UnreadableTensor } from './tensors.js'

/** One of the dictionaries of tensors that a file holds. */
export interface WeightsPart {
  /** Where it lies in the saved object: `state_dict_ema`; empty for the object itself. */
  readonly name: string
  /** How many tensors there are. */
  readonly count: number
  /** @throws DataError if a tensor is damaged, or its numbers are of a kind that is not read (complex, quantized) */
  read(): StateDict
}

/**
 * Averages of weights come before the weights themselves: they are what trainers evaluate. The first that is there is
 * taken.
 */
const preferred = [
  ...['state_dict_ema', 'ema_state_dict', 'model_ema', 'ema_model', 'ema'],
  ...['state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'network', 'weights', 'params', 'module'],
]

/** What lies below these is not the model's. */
const others = /^(optim|.*optimizer|.*scheduler|lr_|amp|.*scaler|loops|callbacks|rng|.*_rng|history)/i

/**
 * Numbers that tensors may read more often than the file holds them (an expanded tensor is one number read many times).
 */
const maxExtra = 2 ** 24

/**
 * The state dict in a file of torch.save: the saved object itself, or what a training script's checkpoint keeps beside
 * the optimizer's state; of several the one that `findStateDicts` puts first.
 * @param file names the file in errors
 * @throws DataError if there is none, or the file is damaged
 */
export const decodeTorch = (bytes: Uint8Array, file: string): StateDict =>
  findStateDicts(readTorch(bytes, file), bytes.length, file)[0]!.read()

type Tensors = ReadonlyMap<string, unknown>

/**
 * Every state dict in a saved object: dicts of tensors and whole modules, at any of the places where training scripts
 * keep them. What a script would evaluate comes first: an average of the weights, then the usual names, then whatever
 * has most tensors.
 * @param size of the file, bytes
 * @throws DataError if there is none
 */
export function findStateDicts(value: unknown, size: number, file: string): [WeightsPart, ...WeightsPart[]] {
  const found: { name: string; tensors: Tensors }[] = []
  collect(value, '', 4, found, new Set())
  const largest = Math.max(...found.map(({ tensors }) => tensors.size))
  const rank = (name: string) => {
    const place = preferred.indexOf(name.split('.')[0]!)
    return place === -1 ? preferred.length : place
  }
  const parts = found
    .filter(({ tensors }) => 2 * tensors.size >= largest)
    .sort((a, b) => rank(a.name) - rank(b.name) || b.tensors.size - a.tensors.size)
    .map(({ name, tensors }) => ({ name, count: tensors.size, read: () => readTensors(tensors, size, file) }))
  if (parts.length > 0) return parts as [WeightsPart, ...WeightsPart[]]
  throw new DataError(`${file}: expected a state dict of tensors, found ${whatIsIn(value)}`)
}

function collect(
  value: unknown,
  name: string,
  depth: number,
  found: { name: string; tensors: Tensors }[],
  seen: Set<unknown>,
): void {
  if (seen.has(value) || depth < 0) return
  seen.add(value)
  if (isModule(value)) {
    const tensors = new Map<string, unknown>()
    collectModule(value, '', tensors, new Set())
    if (tensors.size > 0) found.push({ name, tensors })
    return
  }
  const entries = entriesOf(value)
  const tensors = tensorsOf(entries)
  const before = found.length
  for (const [key, item] of entries) {
    if (typeof key === 'string' && !others.test(key)) {
      collect(item, name === '' ? key : `${name}.${key}`, depth - 1, found, seen)
    }
  }
  // A single tensor beside a state dict is the best accuracy or the like.
  const inside = found.slice(before).reduce((most, part) => Math.max(most, part.tensors.size), 0)
  if (tensors.size > inside) found.splice(before, 0, { name, tensors })
}

function tensorsOf(entries: ReadonlyMap<unknown, unknown>): Map<string, unknown> {
  const tensors = new Map<string, unknown>()
  for (const [key, item] of entries) {
    if (typeof key === 'string' && (isArray(item) || item instanceof UnreadableTensor)) tensors.set(key, item)
  }
  return tensors
}

/** The items of a dict, of an object that is a kind of one, or the attributes of another object. */
export function entriesOf(value: unknown): ReadonlyMap<unknown, unknown> {
  if (value instanceof Map) return value
  if (!(value instanceof InertObject)) return new Map()
  const [first] = value.args
  return new Map([...(first instanceof Map ? first : []), ...value.attributes, ...value.entries])
}

/** Of TorchScript, whose modules keep everything in plain attributes. */
const isScripted = ({ type }: InertObject): boolean => type.startsWith('__torch__')

const isModule = (value: unknown): value is InertObject =>
  value instanceof InertObject && (isScripted(value) || value.attributes.get('_modules') instanceof Map)

/** Parameters and buffers of a whole module, by the names that its state dict would have. */
function collectModule(module: InertObject, path: string, into: Map<string, unknown>, open: Set<InertObject>): void {
  if (open.has(module)) return
  open.add(module)
  const { attributes } = module
  const groups = isScripted(module)
    ? [attributes]
    : ['_parameters', '_buffers', '_modules'].map((key) => entriesOf(attributes.get(key)))
  for (const [key, item] of groups.flatMap((group) => [...group])) {
    if (typeof key !== 'string') continue
    if (isArray(item) || item instanceof UnreadableTensor) into.set(path + key, item)
    else if (isModule(item)) collectModule(item, `${path}${key}.`, into, open)
  }
  open.delete(module)
}

function readTensors(tensors: Tensors, size: number, file: string): StateDict {
  const arrays = [...tensors]
  const total = arrays.reduce((sum, [, item]) => sum + (isArray(item) ? sizeOf(item.shape) : 0), 0)
  if (total > maxExtra + 4 * size) {
    throw new DataError(`${file}: its tensors would take ${total} numbers, far more than the file holds`)
  }
  return Object.fromEntries(
    arrays.map(([name, item]) => {
      if (isArray(item)) return [name, toStateValue(item.toArray())]
      throw new DataError(`${file}: "${name}" is ${(item as UnreadableTensor).what}; expected real numbers`)
    }),
  )
}

function whatIsIn(value: unknown): string {
  if (!(value instanceof Map)) return whatIs(value)
  const entries = Array.from(value, ([name, item]) => `${describe(name)}: ${whatIs(item)}`)
  return `a dict of ${entries.slice(0, 8).join(', ')}${entries.length > 8 ? ' and more' : ''}`
}

function whatIs(value: unknown): string {
  if (isArray(value)) return 'a tensor'
  return value instanceof InertObject ? `an object of ${value.type.slice(0, 80)}` : describe(value)
}
