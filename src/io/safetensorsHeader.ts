/**
 * The header of a safetensors file (https://github.com/huggingface/safetensors#format): 8 bytes with its length, little-endian;
 * then JSON, name → { dtype, shape, data_offsets: [begin, end] }, padded with spaces; the offsets count from the header's end.
 * A file comes from anywhere, so everything is checked before anything is read.
 */
import { DataError, showShape } from '../tensor/errors.js'
import type { Shape } from '../tensor/shape.js'
import { byteLength, type DtypeName, dtypes, isDtypeName } from './dtypes.js'

export interface TensorInfo {
  readonly dtype: DtypeName
  readonly shape: Shape
  /** Bytes from the header's end. */
  readonly begin: number
  readonly end: number
}

export interface Header {
  /** In the order of the data. */
  readonly tensors: ReadonlyMap<string, TensorInfo>
  readonly metadata: Record<string, string>
  /** Where the data begins, in bytes from the file's start. */
  readonly dataStart: number
}

export const metadataKey = '__metadata__'

/** As the reference implementation limits it. */
const maxHeaderBytes = 100_000_000

/** @param file names the file in errors */
export function readHeader(bytes: Uint8Array, file: string): Header {
  const refuse = (problem: string): never => {
    throw new DataError(`${file}: not a valid safetensors file: ${problem}`)
  }
  const dataStart = 8 + headerLength(bytes, refuse)
  const text = headerText(bytes.subarray(8, dataStart), refuse)
  const { [metadataKey]: metadata = {}, ...entries } = parseObject(text, refuse)
  const tensors = Object.entries(entries).map(([name, value]) => {
    return [name, tensorInfo(value, (problem) => refuse(`tensor "${name}": ${problem}`))] as const
  })
  tensors.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  checkLayout(tensors, bytes.length - dataStart, refuse)
  if (!isStringRecord(metadata)) refuse(`${metadataKey}: expected an object of strings`)
  return { tensors: new Map(tensors), metadata: metadata as Record<string, string>, dataStart }
}

type Refuse = (problem: string) => never

function headerLength(bytes: Uint8Array, refuse: Refuse): number {
  if (bytes.length < 8) refuse(`expected at least 8 bytes, got ${bytes.length}`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > maxHeaderBytes) refuse(`expected a header of at most ${maxHeaderBytes} bytes, its length says ${length}`)
  if (length > bytes.length - 8) refuse(`the header's length says ${length} bytes, but ${bytes.length - 8} follow`)
  return Number(length)
}

function headerText(header: Uint8Array, refuse: Refuse): string {
  if (header[0] !== 0x7b) refuse('expected a header that begins with "{"')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(header)
  } catch {
    return refuse('the header is not UTF-8 text')
  }
}

function parseObject(text: string, refuse: Refuse): Record<string, unknown> {
  let parsed: Record<string, unknown>
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    return refuse(`the header is not JSON (${(error as Error).message})`)
  }
  const twice = repeatedKey(text)
  if (twice !== null) refuse(`the header has the key "${twice}" twice`)
  return parsed
}

/** The first key that an object in valid JSON has twice (JSON.parse would keep the last), or null. */
function repeatedKey(json: string): string | null {
  const keys: Set<string>[] = [] // of each open object
  let opened = -1 // where the running string began
  for (const { 0: token, index } of json.matchAll(/\\.|["{}]/g)) {
    if (token === '"' && opened < 0) opened = index
    else if (token === '"') {
      const string = json.slice(opened, index + 1)
      opened = -1
      if (!isFollowedByColon(json, index + 1)) continue
      const key: string = JSON.parse(string)
      const seen = keys.at(-1)!
      if (seen.has(key)) return key
      seen.add(key)
    } else if (opened >= 0) continue
    else if (token === '{') keys.push(new Set())
    else keys.pop()
  }
  return null
}

function isFollowedByColon(json: string, at: number): boolean {
  while (' \t\r\n'.includes(json[at]!)) at++
  return json[at] === ':'
}

function tensorInfo(value: unknown, refuse: Refuse): TensorInfo {
  if (typeof value !== 'object' || value === null)
    return refuse('expected an object with dtype, shape and data_offsets')
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>
  if (!isDtypeName(dtype)) {
    return refuse(`expected a dtype of ${Object.keys(dtypes).join(', ')}, got ${JSON.stringify(dtype)}`)
  }
  if (!isWholeNumbers(shape)) return refuse(`expected a shape of whole numbers, got ${JSON.stringify(shape)}`)
  if (!isWholeNumbers(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    return refuse(`expected data_offsets of [begin, end], got ${JSON.stringify(offsets)}`)
  }
  const [begin, end] = offsets as [number, number]
  const expected = byteLength(dtype, shape)
  if (end - begin !== expected) {
    return refuse(`${dtype} of shape ${showShape(shape)} needs ${expected} bytes, data_offsets give ${end - begin}`)
  }
  return { dtype, shape, begin, end }
}

/** The tensors, sorted by offset, must cover the data without gap or overlap. */
function checkLayout(tensors: readonly (readonly [string, TensorInfo])[], dataBytes: number, refuse: Refuse): void {
  let position = 0
  for (const [name, { begin, end }] of tensors) {
    if (begin !== position) {
      const what = begin > position ? 'leaves a gap' : 'overlaps another'
      refuse(`tensor "${name}": ${what}: expected data_offsets from ${position}, got [${begin}, ${end}]`)
    }
    if (end > dataBytes) refuse(`tensor "${name}": ends at byte ${end} of the data, of which there are ${dataBytes}`)
    position = end
  }
  if (position !== dataBytes) refuse(`${dataBytes - position} bytes after the last tensor`)
}

const isWholeNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)

const isStringRecord = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((text) => typeof text === 'string')
