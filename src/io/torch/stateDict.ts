import { DataError } from '../../tensor/errors.js'
import { sizeOf } from '../../tensor/shape.js'
import type { StateDict } from '../../tensor/stateDict.js'
import { toStateValue } from '../fileArray.js'
import { describe } from '../pickle/describe.js'
import { readTorch } from './read.js'
import { TorchTensor } from './tensors.js'

/** Under which of these keys training scripts keep the state dict; the first that is there counts. */
const usualKeys = ['state_dict', 'model_state_dict', 'model', 'model_state', 'net', 'weights', 'module']

/** Numbers that tensors may read more often than the file holds them (an expanded tensor is one number read many times). */
const maxExtra = 2 ** 24

/**
 * The state dict in a file of torch.save: the saved object itself, or what a training script's checkpoint keeps under one of the
 * usual keys ('state_dict', 'model', …) beside the optimizer's state.
 * @param file names the file in errors
 * @throws DataError if there is none, or the file is damaged or names anything that is not data
 */
export function decodeTorch(bytes: Uint8Array, file: string): StateDict {
  const found = findStateDict(readTorch(bytes, file), 3)
  if (typeof found === 'string') throw new DataError(`${file}: expected a state dict of tensors, found ${found}`)
  const tensors = [...found]
  const size = tensors.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0)
  if (size > maxExtra + 4 * bytes.length) {
    throw new DataError(`${file}: its tensors would take ${size} numbers, far more than the file holds`)
  }
  return Object.fromEntries(tensors.map(([name, tensor]) => [name, toStateValue(tensor.toArray())]))
}

/** The state dict in a saved object, or what there is instead. */
function findStateDict(value: unknown, depth: number): Map<string, TorchTensor> | string {
  if (!(value instanceof Map)) return whatIs(value)
  if (isStateDict(value)) return value
  const key = usualKeys.find((name) => value.get(name) instanceof Map)
  if (key !== undefined && depth > 0) return findStateDict(value.get(key), depth - 1)
  const dicts = [...value.values()].filter(isStateDict)
  if (dicts.length === 1) return dicts[0]!
  const entries = Array.from(value, ([name, item]) => `${describe(name)}: ${whatIs(item)}`)
  return `a dict of ${entries.slice(0, 8).join(', ')}${entries.length > 8 ? ' and more' : ''}`
}

const isStateDict = (value: unknown): value is Map<string, TorchTensor> =>
  value instanceof Map &&
  value.size > 0 &&
  [...value].every(([name, item]) => typeof name === 'string' && item instanceof TorchTensor)

const whatIs = (value: unknown): string => (value instanceof TorchTensor ? 'a tensor' : describe(value))
