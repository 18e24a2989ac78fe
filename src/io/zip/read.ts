import { crc32, inflateRawSync } from 'node:zlib'
import { DataError } from '../../tensor/errors.js'
import { type Entry, expectRecord, type Refuse, readDirectory, stored } from './directory.js'

const localHeader = 0x04034b50

export const isZip = (bytes: Uint8Array): boolean =>
  bytes.length >= 22 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === localHeader

/** A zip archive in memory. Names of entries are keys and never paths. */
export class ZipReader {
  readonly #bytes: Uint8Array
  readonly #entries: ReadonlyMap<string, Entry>
  readonly #refuse: Refuse

  /** @param file names the file in errors. @throws DataError if the directory of entries does not add up */
  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes
    this.#refuse = (problem) => {
      throw new DataError(`${file}: not a valid zip archive: ${problem}`)
    }
    this.#entries = readDirectory(bytes, this.#refuse)
  }

  get names(): string[] {
    return [...this.#entries.keys()]
  }

  /** Bytes of the entry when unpacked; undefined if there is no such entry. */
  sizeOf(name: string): number | undefined {
    return this.#entries.get(name)?.size
  }

  /** The content of an entry; of a stored one a view into the archive. @throws DataError if there is none, or it is damaged */
  read(name: string): Uint8Array {
    const entry = this.#entries.get(name) ?? this.#refuse(`there is no "${name}" in it`)
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength)
    expectRecord(view, entry.offset, 30, localHeader, `the header of "${name}"`, this.#refuse)
    const [nameLength, extraLength] = [26, 28].map((field) => view.getUint16(entry.offset + field, true))
    const begin = entry.offset + 30 + nameLength! + extraLength!
    if (begin + entry.packed > this.#bytes.length) this.#refuse(`"${name}" is cut short`)
    const packed = this.#bytes.subarray(begin, begin + entry.packed)
    const content = entry.method === stored ? packed : this.#inflate(packed, entry.size, name)
    if (crc32(content) !== entry.crc) this.#refuse(`the checksum of "${name}" is wrong`)
    return content
  }

  #inflate(packed: Uint8Array, size: number, name: string): Uint8Array {
    try {
      const content = inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) })
      if (content.length === size) return content
    } catch {
      // damaged, or longer than it says
    }
    return this.#refuse(`"${name}" does not unpack to the ${size} bytes that it says`)
  }
}
