import { DataError } from '../tensor/errors.js'
import type { StateDict } from '../tensor/stateDict.js'
import { toStateValue } from './fileArray.js'
import { decodeNpz, isNpz } from './npz.js'
import { readBytes } from './readBytes.js'
import { decodeSafetensors, type Safetensors } from './safetensors.js'
import { archiveRoot, isLegacyTorch } from './torch/read.js'
import { decodeTorch } from './torch/stateDict.js'
import { isZip, ZipReader } from './zip/read.js'

/** What wrappers of a model put before all names: DataParallel and DistributedDataParallel, torch.compile. */
const wrappers = ['module.', '_orig_mod.']

/**
 * Weights from a file of safetensors, torch.save (`.pth`, `.pt`) or numpy.savez (`.npz`), whatever its name; prefixes that PyTorch's
 * wrappers put before all names are left out. Metadata is in safetensors alone.
 * @param file names the file in errors
 * @throws DataError if the file is damaged or none of these
 */
export function decodeWeights(bytes: Uint8Array, file: string): Safetensors {
  const { tensors, metadata } = decodeAny(bytes, file)
  return { tensors: wrappers.reduce(withoutPrefix, tensors), metadata }
}

/** Read a file of weights: see `decodeWeights`. @throws DataError also if it is missing */
export const loadWeightsFile = (file: string): Safetensors => decodeWeights(readBytes(file), file)

/** The arrays of a file of weights, for `model.loadStateDict`. @throws DataError if it is missing or damaged */
export const loadWeights = (file: string): StateDict => loadWeightsFile(file).tensors

function decodeAny(bytes: Uint8Array, file: string): Safetensors {
  if (isLegacyTorch(bytes)) return { tensors: decodeTorch(bytes, file), metadata: {} }
  if (isZip(bytes)) return { tensors: decodeArchive(bytes, file), metadata: {} }
  if (bytes[8] === '{'.charCodeAt(0)) return decodeSafetensors(bytes, file)
  throw new DataError(
    `${file}: not a file of weights: expected safetensors, torch.save (.pth, .pt) or numpy.savez (.npz)`,
  )
}

function decodeArchive(bytes: Uint8Array, file: string): StateDict {
  const zip = new ZipReader(bytes, file)
  if (archiveRoot(zip) !== null) return decodeTorch(bytes, file)
  if (!isNpz(zip)) throw new DataError(`${file}: a zip archive, but not one of torch.save or numpy.savez`)
  const arrays = Object.entries(decodeNpz(bytes, file))
  return Object.fromEntries(arrays.map(([name, array]) => [name, toStateValue(array)]))
}

function withoutPrefix(tensors: StateDict, prefix: string): StateDict {
  const entries = Object.entries(tensors)
  if (!entries.every(([name]) => name.startsWith(prefix))) return tensors
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), value]))
}
