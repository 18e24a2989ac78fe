/**
 * The safetensors format (https://huggingface.co/docs/safetensors): eight bytes little-endian with the length of a JSON header,
 * the header (name → dtype, shape and byte range), then the numbers. Nothing in a file can run.
 */
import { readFileSync } from 'node:fs'
import { DataError, showShape } from '../tensor/errors.js'
import { type Shape, sizeOf } from '../tensor/shape.js'
import { writeFileAtomic } from './atomic.js'

/** Numbers by name, row-major. I64 values are small whole numbers here and stay exact up to 2^24. */
export interface SavedTensor {
  readonly dtype: 'F32' | 'I64'
  readonly shape: Shape
  readonly data: Float32Array
}

export interface SafetensorsFile {
  tensors: Record<string, SavedTensor>
  metadata: Record<string, string>
}

/** No header is longer than the format's own limit. */
const longestHeader = 100_000_000

/** How each dtype's bytes become numbers, and how many bytes one takes. */
const readers: Record<string, { bytes: number; read: (view: DataView, at: number) => number }> = {
  F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F16: { bytes: 2, read: (view, at) => halfToFloat(view.getUint16(at, true)) },
  BF16: { bytes: 2, read: (view, at) => bfloatToFloat(view.getUint16(at, true)) },
  I64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  I32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  U8: { bytes: 1, read: (view, at) => view.getUint8(at) },
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const scratch = new DataView(new ArrayBuffer(4))

/** bfloat16 is the upper half of a float32. */
function bfloatToFloat(bits: number): number {
  scratch.setUint32(0, bits << 16)
  return scratch.getFloat32(0)
}

/** Write tensors atomically, laid out as the Python package does: wider dtypes first, then by name. */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, SavedTensor>>,
  metadata: Record<string, string> = {},
): void {
  const names = Object.keys(tensors).sort((a, b) => {
    const order = readers[tensors[b]!.dtype]!.bytes - readers[tensors[a]!.dtype]!.bytes
    return order || (a < b ? -1 : 1)
  })
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  const chunks: Uint8Array[] = []
  let offset = 0
  for (const name of names) {
    const { dtype, shape, data } = tensors[name]!
    const bytes = dtype === 'F32' ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : toInt64(data)
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.byteLength] }
    offset += bytes.byteLength
    chunks.push(bytes)
  }
  const json = Buffer.from(JSON.stringify(header))
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ')
  json.copy(padded)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  writeFileAtomic(path, length, padded, ...chunks)
}

const toInt64 = (data: Float32Array): Uint8Array =>
  new Uint8Array(BigInt64Array.from(data, (v) => BigInt(Math.round(v))).buffer)

/** Read a file; damage is refused with the file's and the tensor's name. Other dtypes become float32. */
export function readSafetensors(path: string): SafetensorsFile {
  const bytes = readBytes(path)
  const refuse = (what: string): never => {
    throw new DataError(`${path}: not a whole safetensors file: ${what}`)
  }
  if (bytes.length < 8) refuse(`expected at least 8 bytes, got ${bytes.length}`)
  const headerLength = Number(bytes.readBigUInt64LE(0))
  if (headerLength > longestHeader || 8 + headerLength > bytes.length) {
    refuse(`its header should have ${headerLength} bytes, but the file has ${bytes.length}`)
  }
  const data = bytes.subarray(8 + headerLength)
  const header = parseHeader(bytes.subarray(8, 8 + headerLength), refuse)
  const { __metadata__: metadata = {}, ...entries } = header
  const tensors: Record<string, SavedTensor> = {}
  let used = 0
  for (const [name, entry] of Object.entries(entries).sort(([, a], [, b]) => start(a) - start(b))) {
    const { dtype, shape, data_offsets: range } = checkEntry(name, entry, refuse)
    const reader =
      readers[dtype] ?? refuse(`tensor ${name} has dtype ${dtype}, known are ${Object.keys(readers).join(', ')}`)
    const size = sizeOf(shape)
    if (range[0] !== used || range[1] - range[0] !== size * reader.bytes || range[1] > data.length) {
      refuse(
        `tensor ${name} ${showShape(shape)} ${dtype} needs ${size * reader.bytes} bytes from ${used} on, ` +
          `its range is ${range[0]} to ${range[1]} of ${data.length}`,
      )
    }
    used = range[1]
    const view = new DataView(data.buffer, data.byteOffset + range[0], range[1] - range[0])
    const values = Float32Array.from({ length: size }, (_, i) => reader.read(view, i * reader.bytes))
    tensors[name] = { dtype: dtype === 'I64' ? 'I64' : 'F32', shape, data: values }
  }
  if (used !== data.length) refuse(`${data.length - used} bytes at its end belong to no tensor`)
  return { tensors, metadata: metadata as Record<string, string> }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message
    throw new DataError(`cannot read weights ${path}: ${reason}`)
  }
}

function parseHeader(bytes: Buffer, refuse: (what: string) => never): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(bytes.toString('utf8'))
    if (header !== null && typeof header === 'object' && !Array.isArray(header))
      return header as Record<string, unknown>
  } catch {
    // Falls through to the one message for every kind of broken header.
  }
  return refuse('its header is not a JSON object')
}

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

const isCount = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0

const start = (entry: unknown): number => (entry as Entry | null)?.data_offsets?.[0] ?? 0

function checkEntry(name: string, entry: unknown, refuse: (what: string) => never): Entry {
  const { dtype, shape, data_offsets: range } = (entry ?? {}) as Partial<Entry>
  const whole = typeof dtype === 'string' && Array.isArray(shape) && shape.every(isCount)
  if (!whole || !Array.isArray(range) || range.length !== 2 || !range.every(isCount)) {
    return refuse(`the header entry of tensor ${name} is malformed`)
  }
  return { dtype, shape, data_offsets: range }
}
