import { DataError } from '../tensor/errors.js'
import type { StateDict } from '../tensor/stateDict.js'
import { toStateValue } from './fileArray.js'
import { decodeNpz, isNpz } from './npz.js'
import { readBytes } from './readBytes.js'
import { decodeSafetensors, type Safetensors } from './safetensors.js'
import { type CheckpointFacts, checkpointFacts } from './torch/facts.js'
import { archiveRoot, isLegacyTorch, isPickle, readTorch } from './torch/read.js'
import { findStateDicts, type WeightsPart } from './torch/stateDict.js'
import { isTorchTar } from './torch/tarFile.js'
import { isZip, ZipReader } from './zip/read.js'

/** What wrappers of a model put before all names: DataParallel and DistributedDataParallel, torch.compile. */
const wrappers = ['module.', '_orig_mod.']

/** All that a file of weights holds. */
export interface WeightsFile {
  /** Its dictionaries of tensors: the one that is taken if nobody asks for another comes first. */
  parts: readonly [WeightsPart, ...WeightsPart[]]
  /** Of safetensors; others have none. */
  metadata: Record<string, string>
  /** What a checkpoint of PyTorch's says of its network. */
  facts: CheckpointFacts
}

/**
 * Weights from a file of safetensors, torch.save (`.pth`, `.pt`) or numpy.savez (`.npz`), whatever its name; prefixes
 * that PyTorch's wrappers put before all names are left out. Metadata is in safetensors alone.
 * @param file names the file in errors
 * @throws DataError if the file is damaged or none of these
 */
export function decodeWeights(bytes: Uint8Array, file: string): Safetensors {
  const { parts, metadata } = decodeWeightsFile(bytes, file)
  return { tensors: wrappers.reduce(withoutPrefix, parts[0].read()), metadata }
}

/** Read a file of weights: see `decodeWeights`. @throws DataError also if it is missing */
export const loadWeightsFile = (file: string): Safetensors => decodeWeights(readBytes(file), file)

/** The arrays of a file of weights, for `model.loadStateDict`. @throws DataError if it is missing or damaged */
export const loadWeights = (file: string): StateDict => loadWeightsFile(file).tensors

/**
 * All that a file of weights holds, with the names as they are in it. @throws DataError if it is damaged or of no known
 * kind
 */
export function decodeWeightsFile(bytes: Uint8Array, file: string): WeightsFile {
  if (isLegacyTorch(bytes) || isTorchTar(bytes) || isPickle(bytes)) return decodeSaved(bytes, file)
  if (isZip(bytes)) return decodeArchive(bytes, file)
  if (bytes[8] === '{'.charCodeAt(0)) {
    const { tensors, metadata } = decodeSafetensors(bytes, file)
    return { parts: [partOf(tensors)], metadata, facts: {} }
  }
  throw new DataError(`${file}: not a file of weights: ${whatInstead(bytes)}`)
}

function decodeArchive(bytes: Uint8Array, file: string): WeightsFile {
  const zip = new ZipReader(bytes, file)
  if (archiveRoot(zip) !== null) return decodeSaved(bytes, file)
  if (
    zip.names.some((name) => /(^|\/)(archive_format|models\/.*\.json|serialized_exported_program\.json)$/.test(name))
  ) {
    throw new DataError(
      `${file}: a program of torch.export, not weights: save them by torch.save(torch.export.load("${file}").state_dict, "weights.pth")`,
    )
  }
  if (!isNpz(zip)) throw new DataError(`${file}: a zip archive, but not one of torch.save or numpy.savez`)
  const arrays = Object.entries(decodeNpz(bytes, file))
  const tensors = Object.fromEntries(arrays.map(([name, array]) => [name, toStateValue(array)]))
  return { parts: [partOf(tensors)], metadata: {}, facts: {} }
}

function decodeSaved(bytes: Uint8Array, file: string): WeightsFile {
  const saved = readTorch(bytes, file)
  return { parts: findStateDicts(saved, bytes.length, file), metadata: {}, facts: checkpointFacts(saved) }
}

const partOf = (tensors: StateDict): WeightsPart => ({
  name: '',
  count: Object.keys(tensors).length,
  read: () => tensors,
})

/** What a file of another kind is, and what to do about it. */
function whatInstead(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1')
  const save = 'save the weights by torch.save(model.state_dict(), "weights.pth") or numpy.savez'
  if (head.startsWith('\x89HDF')) return `HDF5 (Keras, h5py): ${save}`
  if (head.startsWith('version https')) return 'a pointer of Git LFS: fetch the file itself by git lfs pull'
  if (/^\s*<(!doctype|html)/i.test(head)) return 'a page of HTML, as a failed download leaves it'
  if (head.slice(4, 8) === 'TFL3') return `TensorFlow Lite: ${save}`
  if (head.startsWith('\x1f\x8b')) return 'packed by gzip: unpack it first'
  return 'expected safetensors, torch.save (.pth, .pt) or numpy.savez (.npz)'
}

function withoutPrefix(tensors: StateDict, prefix: string): StateDict {
  const entries = Object.entries(tensors)
  if (!entries.every(([name]) => name.startsWith(prefix))) return tensors
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), value]))
}
