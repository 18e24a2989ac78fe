import * as zlib from 'node:zlib'
import { type Compressors, snappyUncompress } from 'hyparquet'
import { DataError } from '../../tensor/errors.js'

/** A page that says it is larger is refused before there is memory for it. */
const maxPageBytes = 2 ** 30

/** Snappy copies at most 64 bytes for every 3. */
const snappyRatio = 22

type Zlib = (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array

/** Node 22.15 and later have it. */
const zstd = (zlib as { zstdDecompressSync?: Zlib }).zstdDecompressSync

const byZlib = (inflate: Zlib) => (input: Uint8Array, bytes: number) => {
  checkSize(bytes)
  return inflate(input, { maxOutputLength: Math.max(bytes, 1) })
}

/** Decompression of pages, which looks at sizes first. */
export const compressors: Compressors = {
  SNAPPY: (input, bytes) => {
    checkSize(bytes)
    if (bytes > snappyRatio * input.length + 64) {
      throw new DataError(`a page of ${input.length} bytes cannot unpack to the ${bytes} that it says`)
    }
    const output = new Uint8Array(bytes)
    snappyUncompress(input, output)
    return output
  },
  GZIP: byZlib(zlib.gunzipSync),
  BROTLI: byZlib(zlib.brotliDecompressSync),
  ZSTD: zstd ? byZlib(zstd) : () => refuseZstd(),
}

function checkSize(bytes: number): void {
  if (bytes >= 0 && bytes <= maxPageBytes) return
  throw new DataError(`a page says it unpacks to ${bytes} bytes, more than ${maxPageBytes}`)
}

function refuseZstd(): never {
  throw new DataError(`it is compressed by zstd, which Node ${process.version} does not unpack: take 22.15 or later`)
}
