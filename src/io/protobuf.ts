/**
 * Writing Protocol Buffers (https://protobuf.dev/programming-guides/encoding/): a message is a row of fields, each a key (number of the
 * field and kind of what follows) and a value. Field numbers come from the `.proto` file of the format that is written.
 */
import { DataError } from '../tensor/errors.js'
import { toBytes } from './dtypes.js'

/** What follows a key. */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/**
 * One message. Values are written in the order of the calls; a repeated field is written by several calls, or packed.
 * @example new ProtobufWriter().string(1, 'a').message(2, new ProtobufWriter().int(1, 3)).finish()
 */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = []
  #length = 0

  /** int32, int64, uint32, uint64, bool or an enum: a negative number takes ten bytes. */
  int(field: number, value: number | bigint): this {
    return this.#key(field, wire.varint).#push(varint(value))
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.#key(field, wire.fixed32).#push(bytes)
  }

  double(field: number, value: number): this {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, true)
    return this.#key(field, wire.fixed64).#push(bytes)
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  /** The bytes are not copied before `finish`. */
  bytes(field: number, value: Uint8Array): this {
    return this.#key(field, wire.bytes).#push(varint(value.length)).#push(value)
  }

  message(field: number, value: ProtobufWriter): this {
    this.#key(field, wire.bytes).#push(varint(value.#length))
    for (const chunk of value.#chunks) this.#push(chunk)
    return this
  }

  /** A repeated whole number, packed; nothing where there are none. */
  ints(field: number, values: readonly (number | bigint)[]): this {
    return values.length === 0 ? this : this.bytes(field, Uint8Array.from(values.flatMap((v) => [...varint(v)])))
  }

  /** A repeated float, packed; nothing where there are none. */
  floats(field: number, values: ArrayLike<number>): this {
    return values.length === 0 ? this : this.bytes(field, toBytes(Float32Array.from(values)))
  }

  /** A repeated double, packed; nothing where there are none. */
  doubles(field: number, values: readonly number[]): this {
    return values.length === 0 ? this : this.bytes(field, toBytes(Float64Array.from(values)))
  }

  /** The bytes of the message. */
  finish(): Uint8Array {
    const out = new Uint8Array(this.#length)
    let at = 0
    for (const chunk of this.#chunks) {
      out.set(chunk, at)
      at += chunk.length
    }
    return out
  }

  #key(field: number, kind: number): this {
    return this.#push(varint(field * 8 + kind))
  }

  #push(bytes: Uint8Array): this {
    this.#chunks.push(bytes)
    this.#length += bytes.length
    return this
  }
}

/** Seven bits a byte, lowest first; the high bit says that more follow. */
function varint(value: number | bigint): Uint8Array {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new DataError(`protobuf: expected a whole number, got ${value}`)
  }
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
