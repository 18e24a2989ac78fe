import protobuf from 'protobufjs'

/** The part of TensorBoard's `event.proto` and `summary.proto` that we write. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message HistogramProto {
    double min = 1; double max = 2; double num = 3; double sum = 4; double sum_squares = 5;
    repeated double bucket_limit = 6 [packed = true]; repeated double bucket = 7 [packed = true];
  }
  message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
  message Value {
    string tag = 1;
    oneof value { float simple_value = 2; Image image = 4; HistogramProto histo = 5; }
  }
  message Summary { repeated Value value = 1; }
  message Event {
    double wall_time = 1; int64 step = 2;
    oneof what { string file_version = 3; Summary summary = 5; }
  }`)
const Event = root.lookupType('Event')

export interface ReadHistogram {
  min: number
  max: number
  num: number
  sum: number
  sumSquares: number
  bucketLimit: number[]
  bucket: number[]
}

export interface ReadValue {
  tag: string
  simpleValue?: number
  image?: { height: number; width: number; colorspace: number; encodedImageString: Buffer }
  histo?: ReadHistogram
}

export interface ReadEvent {
  wallTime: number
  step: number
  fileVersion?: string
  summary?: { value: ReadValue[] }
}

/** CRC-32C a bit at a time, highest bit first as the polynomial is written, on reflected bytes. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const out = (crc >>> 31) ^ ((byte >>> bit) & 1)
      crc = ((crc << 1) ^ (out ? 0x1edc6f41 : 0)) >>> 0
    }
  }
  let reflected = 0
  for (let bit = 0; bit < 32; bit++) if ((crc >>> bit) & 1) reflected |= 1 << (31 - bit)
  return ~reflected >>> 0
}

/** What TensorFlow's reader undoes: rotate left by 15 after taking the constant away. */
function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0
  return ((rotated << 15) | (rotated >>> 17)) >>> 0
}

/** Every event of a file. @throws Error where a record is cut short or a checksum is wrong */
export function readEvents(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = []
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at))
    if (crc32c(file.subarray(at, at + 8)) !== unmask(file.readUInt32LE(at + 8))) throw new Error(`length at ${at}`)
    const data = file.subarray(at + 12, at + 12 + length)
    if (crc32c(data) !== unmask(file.readUInt32LE(at + 12 + length))) throw new Error(`data at ${at}`)
    const message = Event.toObject(Event.decode(data), { longs: Number, defaults: false })
    events.push({ step: 0, ...message } as ReadEvent)
    at += 12 + length + 4
  }
  return events
}

/** Every value of a tag, with its step. */
export const valuesOf = (events: readonly ReadEvent[], tag: string): (ReadValue & { step: number })[] =>
  events.flatMap(({ step, summary }) =>
    (summary?.value ?? []).filter((value) => value.tag === tag).map((value) => ({ ...value, step })),
  )
