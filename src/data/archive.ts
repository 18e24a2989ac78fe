import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import type { ReadableWritablePair } from 'node:stream/web'
import { createGunzip } from 'node:zlib'
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar'
import { DataError } from '../tensor/errors.js'

export type NamedBytes = { readonly name: string; readonly bytes: Uint8Array }

/** Far more than any file that is wanted here (31 MB), and less than would hurt: an archive can unpack to a thousand times its size. */
const mostBytes = 500e6

/**
 * The files of a .tar.gz whose base name is wanted, in the archive's order; one at a time is in memory.
 * @throws DataError if the archive is cut short or is no .tar.gz
 */
export async function* tarEntries(path: string, wanted: (name: string) => boolean): AsyncGenerator<NamedBytes> {
  // Errors of either stream reach the reader of the last one; the callback has nothing to add.
  const unzipped = pipeline(createReadStream(path), createGunzip(), () => {})
  const decoder = createTarDecoder({ strict: true }) as ReadableWritablePair<ParsedTarEntry, Uint8Array>
  const reader = Readable.toWeb(unzipped).pipeThrough(decoder).getReader()
  try {
    for (;;) {
      const { done, value: entry } = await reader.read().catch((error: Error) => {
        throw notAnArchive(path, error)
      })
      if (done) return
      const name = basename(entry.header.name)
      // An unwanted body is read to its end as well: cancelling a small one would close the body after it (modern-tar 0.8.6).
      const bytes = await collect(path, entry, wanted(name))
      if (bytes) yield { name, bytes }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** The bytes of an entry, or null if they are not to be kept. Memory grows with what arrives, not with what the header says. */
async function collect(path: string, { header, body }: ParsedTarEntry, keep: boolean): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (keep && size > mostBytes) {
        throw new Error(`${header.name} is larger than ${mostBytes / 1e6} MB`)
      }
      if (keep) chunks.push(chunk)
    }
  } catch (error) {
    throw notAnArchive(path, error as Error)
  }
  return keep ? Buffer.concat(chunks) : null
}

function notAnArchive(path: string, error: Error): DataError {
  // Node.js 24 leaves the message of its decompression to the cause.
  const reason = error.message || (error.cause instanceof Error ? error.cause.message : error.name)
  return new DataError(`${path}: expected a whole .tar.gz archive, but reading it failed (${reason})`)
}
