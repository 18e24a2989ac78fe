import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadManifest } from '../../src/data/cifar10.js'
import { download } from '../../src/data/download.js'
import { md5, recordFiles, smallManifest, tarGz, temporaryFolder } from './support.js'

const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 251))

/** A local server; the ranges it was asked for are recorded ('' = the whole file). */
async function serve(answer: RequestListener) {
  const ranges: string[] = []
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.tar.gz`, ranges }
}

/** Sends `body`, or its tail when a range asks for that; each answer stops after `limit` bytes. */
const fileServer =
  (body: Buffer, limit = Number.POSITIVE_INFINITY): RequestListener =>
  (request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    if (start >= body.length) return response.writeHead(416).end()
    const rest = body.subarray(start)
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length })
    if (rest.length <= limit) return response.end(rest)
    return response.write(rest.subarray(0, limit), () => setTimeout(() => response.destroy(), 20))
  }

const fetchTo = (url: string, sum = md5(content), part?: Buffer) => {
  const target = join(temporaryFolder(), 'file')
  if (part) writeFileSync(`${target}.part`, part)
  return { target, done: download(url, target, sum, () => {}) }
}

describe('download', () => {
  test('a whole file, with progress', async () => {
    const { url } = await serve(fileServer(content))
    const target = join(temporaryFolder(), 'file')
    const bytes: unknown[] = []
    await download(url, target, md5(content), (p) => p.stage === 'download' && bytes.push([p.doneBytes, p.totalBytes]))
    expect(readFileSync(target).equals(content)).toBe(true)
    expect(bytes.at(-1)).toEqual([content.length, content.length])
  })

  test('a .part file is continued', async () => {
    const { url, ranges } = await serve(fileServer(content))
    const { target, done } = fetchTo(url, md5(content), content.subarray(0, 60_000))
    await done
    expect(ranges).toEqual(['bytes=60000-'])
    expect(readFileSync(target).equals(content)).toBe(true)
    expect(existsSync(`${target}.part`)).toBe(false)
  })

  test('a broken connection is taken up where it broke', async () => {
    const { url, ranges } = await serve(fileServer(content, 40_000))
    const { target, done } = fetchTo(url)
    await done
    expect(ranges).toEqual(['', 'bytes=40000-', 'bytes=80000-'])
    expect(readFileSync(target).equals(content)).toBe(true)
  })

  test('a server without ranges sends it all again', async () => {
    const { url } = await serve((_, response) => response.end(content))
    const { target, done } = fetchTo(url, md5(content), content.subarray(0, 60_000))
    await done
    expect(readFileSync(target).equals(content)).toBe(true)
  })

  test('a .part that is complete needs no bytes', async () => {
    const { url, ranges } = await serve(fileServer(content))
    const { target, done } = fetchTo(url, md5(content), content)
    await done
    expect(ranges).toEqual(['bytes=100000-'])
    expect(readFileSync(target).equals(content)).toBe(true)
  })

  test('a damaged .part is dropped and the file fetched anew', async () => {
    const { url, ranges } = await serve(fileServer(content))
    const { target, done } = fetchTo(url, md5(content), Buffer.alloc(60_000))
    await done
    expect(ranges).toEqual(['bytes=60000-', ''])
    expect(readFileSync(target).equals(content)).toBe(true)
  })

  test('the wrong file never gets the name', async () => {
    const { url } = await serve(fileServer(content))
    const { target, done } = fetchTo(url, 'f'.repeat(32))
    await expect(done).rejects.toThrow(
      `${url}: expected md5 ${'f'.repeat(32)}, got ${md5(content)}; the file was deleted`,
    )
    expect(existsSync(target) || existsSync(`${target}.part`)).toBe(false)
  })

  test('a refusal is passed on', async () => {
    const { url } = await serve((_, response) => response.writeHead(404).end())
    await expect(fetchTo(url).done).rejects.toThrow(`${url}: the server answered 404 Not Found`)
  })

  test('a server that never answers is given up', async () => {
    const { url } = await serve(() => {})
    await expect(fetchTo(url).done).rejects.toThrow(`${url}: no answer within 5 s`)
  }, 8000)
})

test('the official archive is fetched, unpacked and removed', async () => {
  const archive = await tarGz(recordFiles)
  const { url } = await serve(fileServer(archive, archive.length / 2))
  const dataDir = temporaryFolder()
  const { train } = await loadManifest(smallManifest({ url, md5: md5(archive) }), { dataDir })
  expect(train.count).toBe(40)
  expect(existsSync(join(dataDir, 'small', 'file.tar.gz'))).toBe(false)
})
