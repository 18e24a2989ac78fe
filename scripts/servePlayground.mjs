// Serves dist/playground on this machine. Isolated from other origins, as the two headers say, a page may share memory with threads.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const types = {
  ...{ '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' },
  ...{ '.wasm': 'application/wasm', '.bin': 'application/octet-stream', '.json': 'application/json' },
  ...{ '.png': 'image/png', '.woff2': 'font/woff2' },
}

const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

/**
 * @param {URL} folder ends in a slash
 * @param {{ port?: number, isolated?: boolean }} options port 0: any that is free; not isolated: as any static host would do
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function serve(folder, { port = 0, isolated = true } = {}) {
  const server = createServer(async ({ method, url }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const file = new URL(`.${pathname.endsWith('/') ? `${pathname}index.html` : pathname}`, folder)
    const type = types[extname(file.pathname)]
    try {
      if (!['GET', 'HEAD'].includes(method) || !type || !file.href.startsWith(folder.href))
        throw new Error('not one of ours')
      const content = await readFile(file)
      const headers = { 'content-type': type, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' }
      response.writeHead(200, isolated ? { ...headers, ...isolation } : headers).end(content)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, 'localhost', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://localhost:${server.address().port}/`, close }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = new URL('../dist/playground/', import.meta.url)
  const port = Number(process.argv[2] ?? 8080)
  try {
    const { url } = await serve(folder, { port })
    console.log(`${fileURLToPath(folder)} is at ${url} (Ctrl-C ends it)`)
  } catch (error) {
    console.error(`could not listen on port ${port}: ${error.message}; npm run playground -- PORT takes another`)
    process.exit(1)
  }
}
