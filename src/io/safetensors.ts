/**
 * Weights in files: safetensors, the format of the Hugging Face hub. Written files are byte for byte those of the Python
 * package, which PyTorch users open with `safetensors.torch.load_file`.
 */
import { DataError } from '../tensor/errors.js'
import { sizeOf } from '../tensor/shape.js'
import type { StateDict } from '../tensor/stateDict.js'
import { writeFileAtomic } from './atomic.js'
import { byteLength, dtypes, readNumbers, toBytes } from './dtypes.js'
import { fromStateValue, toStateValue } from './fileArray.js'
import { readBytes } from './readBytes.js'
import { metadataKey, readHeader } from './safetensorsHeader.js'

/** Named arrays, and a few strings about them. */
export interface Safetensors {
  tensors: StateDict
  metadata: Record<string, string>
}

/** The bytes of a safetensors file: wider dtypes first, then by name, so that every array lies aligned. */
export function encodeSafetensors(tensors: StateDict, metadata?: Record<string, string>): Uint8Array {
  const arrays = Object.entries(tensors).map(([name, value]) => {
    if (name === metadataKey) throw new DataError(`a tensor cannot be named ${metadataKey}`)
    return [name, fromStateValue(name, value)] as const
  })
  arrays.sort(([a, x], [b, y]) => {
    return dtypes[y.dtype].bytes - dtypes[x.dtype].bytes || Buffer.compare(Buffer.from(a), Buffer.from(b))
  })
  let end = 0
  const members = arrays.map(([name, { dtype, shape }]) => {
    const begin = end
    end += byteLength(dtype, shape)
    return member(name, { dtype, shape, data_offsets: [begin, end] })
  })
  if (metadata) members.unshift(member(metadataKey, metadata))
  const json = Buffer.from(`{${members.join(',')}}`)
  const headerBytes = Math.ceil(json.length / 8) * 8

  const bytes = new Uint8Array(8 + headerBytes + end).fill(0x20, 8 + json.length, 8 + headerBytes)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(headerBytes), true)
  bytes.set(json, 8)
  let at = 8 + headerBytes
  for (const [, { data }] of arrays) {
    const numbers = toBytes(data)
    bytes.set(numbers, at)
    at += numbers.length
  }
  return bytes
}

/** Written one by one: an object would put names such as "0" first. */
const member = (key: string, value: unknown): string => `${JSON.stringify(key)}:${JSON.stringify(value)}`

/**
 * Read the bytes of a safetensors file. All numbers are rounded to float32; whole numbers are called I64, the others F32.
 * @param file names the file in errors
 * @throws DataError if anything in the file does not add up
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { tensors, metadata, dataStart } = readHeader(bytes, file)
  const entries = Array.from(tensors, ([name, { dtype, shape, begin }]) => {
    const data = readNumbers(dtype, bytes, dataStart + begin, sizeOf(shape))
    return [name, toStateValue({ dtype, shape, data })] as const
  })
  return { tensors: Object.fromEntries(entries), metadata }
}

/** Read a safetensors file. @throws DataError if it is missing or damaged */
export const loadSafetensors = (file: string): Safetensors => decodeSafetensors(readBytes(file), file)

/** Write a state dict as a safetensors file; the name never shows half of it. @throws DataError if it cannot be written */
export function saveWeights(file: string, tensors: StateDict, metadata?: Record<string, string>): void {
  writeFileAtomic(file, encodeSafetensors(tensors, metadata))
}
