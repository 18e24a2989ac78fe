import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { DataError } from '../tensor/errors.js'
import { md5OfFile, statOrNull } from './cache.js'
import type { OnProgress } from './progress.js'

const connectTimeout = 5_000 // milliseconds until the server must have answered
const idleTimeout = 30_000 // milliseconds without a byte after which the connection counts as broken
const reconnects = 5

/**
 * Fetch `url` to `target` by way of `target.part`: a `.part` from an earlier try is continued, a broken connection is taken up
 * again, and the file gets its name only once its md5 is right.
 * @throws DataError if the server cannot be reached, refuses, or sends something else
 */
export async function download(url: string, target: string, md5: string, onProgress: OnProgress): Promise<void> {
  if ((await statOrNull(target)) && (await md5OfFile(target)) === md5) return // an earlier run stopped just after
  const part = `${target}.part`
  const resumed = (await sizeOf(part)) > 0
  for (let attempt = 0; ; attempt++) {
    const before = await sizeOf(part)
    const failure = await receive(url, part, before, onProgress)
    if (failure === null) break
    const gained = (await sizeOf(part)) > before
    if (!gained || attempt === reconnects) throw new DataError(`${url}: ${failure}`)
  }
  onProgress({ stage: 'verify', message: `checking ${part}` })
  const found = await md5OfFile(part)
  if (found === md5) return rename(part, target)
  await rm(part)
  if (resumed) return download(url, target, md5, onProgress) // the old beginning may have been the damaged half
  throw new DataError(`${url}: expected md5 ${md5}, got ${found}; the file was deleted`)
}

/** Append what is missing to `part`. Returns why it stopped early, null if it did not. */
async function receive(url: string, part: string, start: number, onProgress: OnProgress): Promise<string | null> {
  const abort = new AbortController()
  const fail = (text: string) => () => abort.abort(new Error(text))
  let timer = setTimeout(fail(`no answer within ${connectTimeout / 1000} s`), connectTimeout)
  try {
    const headers: HeadersInit = start > 0 ? { range: `bytes=${start}-` } : {}
    const response = await fetch(url, { headers, signal: abort.signal })
    clearTimeout(timer)
    if (response.status === 416) return null // nothing is left to send: the md5 decides whether `part` is the file
    if (!response.ok || !response.body) return `the server answered ${response.status} ${response.statusText}`.trim()
    timer = setTimeout(fail(`nothing came for ${idleTimeout / 1000} s`), idleTimeout)
    const continues = response.status === 206
    const length = Number(response.headers.get('content-length')) || null
    let doneBytes = continues ? start : 0
    const totalBytes = length && doneBytes + length
    const count = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        timer.refresh()
        doneBytes += chunk.length
        onProgress({ stage: 'download', message: `downloading ${url}`, doneBytes, totalBytes })
        yield chunk
      }
    }
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>)
    await pipeline(body, count, createWriteStream(part, { flags: continues ? 'a' : 'w' }))
    return null
  } catch (error) {
    return reason(error as Error)
  } finally {
    clearTimeout(timer)
  }
}

/** `fetch` hides the interesting half of its message in `cause`. */
function reason(error: Error): string {
  return error.cause instanceof Error ? `${error.message}, ${error.cause.message}` : error.message
}

async function sizeOf(path: string): Promise<number> {
  return (await statOrNull(path))?.size ?? 0
}
