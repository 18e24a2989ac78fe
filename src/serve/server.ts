import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError, GhostgradError } from '../tensor/errors.js'
import { Analyst, BusyError } from './analysis/analyst.js'
import { EventStream } from './eventStream.js'
import { type Refusal, refusalOf } from './guard.js'
import { RequestError, routes } from './routes.js'
import { readStaticFiles } from './staticFiles.js'
import { Watcher } from './watcher.js'

export interface ServeOptions {
  /** Folder that is searched for runs. */
  root: string
  /** Address to listen on. */
  host: string
  /** 0: any free one. */
  port: number
}

/** Of every answer: the page runs no code but its own, loads nothing from elsewhere, and is shown in no other page. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** The dashboard: a page, the curves of runs as they grow, and what their weights show. */
export class DashboardServer {
  readonly #server: Server
  readonly #files = readStaticFiles()
  readonly #watcher: Watcher
  readonly #analyst = new Analyst()
  readonly #events = new EventStream((some) => (some ? this.#watch() : this.#watcher.stop()))

  constructor(readonly options: ServeOptions) {
    this.#watcher = new Watcher(options.root)
    this.#server = createServer(
      {
        ...{ headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000 },
        ...{ keepAliveTimeout: 5000, maxHeaderSize: 8192 },
      },
      (request, response) => void this.#handle(request, response),
    )
    this.#server.maxConnections = 1000
    this.#server.maxHeadersCount = 100
  }

  /** @returns the port @throws ConfigError if it cannot be had */
  listen(): Promise<number> {
    const { host, port } = this.options
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message
        reject(new ConfigError(`${host}:${port}: ${reason}; choose another --port (0: any free one) or --host`))
      })
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port))
    })
  }

  /** How many runs there are. */
  async countRuns(): Promise<number> {
    return (await this.#watcher.list()).length
  }

  async close(): Promise<void> {
    this.#events.close()
    this.#watcher.stop()
    this.#analyst.close()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #watch(): void {
    void this.#watcher.start(({ runs, curves }) => {
      if (runs) this.#events.send('runs', runs)
      for (const curve of curves) this.#events.send('curves', curve)
    })
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const refusal = refusalOf(request, this.options.host)
    if (refusal) return refuse(response, refusal)
    const [pathname, search = ''] = request.url!.split('?', 2) as [string, string?]
    const file = this.#files.get(pathname)
    if (file) return answer(request, response, file.type, file.body)
    if (pathname === '/api/events' && request.method === 'GET') {
      if (!this.#events.add(response)) refuse(response, { status: 503, reason: 'too many readers' })
      return
    }
    const name = pathname.startsWith('/api/') ? pathname.slice('/api/'.length) : ''
    if (!Object.hasOwn(routes, name)) return refuse(response, { status: 404, reason: 'there is no such page' })
    try {
      const body = await routes[name]!({ watcher: this.#watcher, analyst: this.#analyst }, new URLSearchParams(search))
      answer(request, response, 'application/json', Buffer.from(body))
    } catch (error) {
      refuse(response, refusalFor(error))
    }
  }
}

function answer({ method }: IncomingMessage, response: ServerResponse, type: string, body: Buffer): void {
  response.writeHead(200, { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-cache' })
  response.end(method === 'HEAD' ? undefined : body)
}

/** The connection ends too: whatever else comes on it is not read. */
function refuse(response: ServerResponse, { status, reason }: Refusal): void {
  const body = JSON.stringify({ error: reason })
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(body)
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof RequestError) return { status: error.status, reason: error.message }
  if (error instanceof BusyError) return { status: 503, reason: error.message }
  if (error instanceof GhostgradError) return { status: 500, reason: error.message }
  console.error(error)
  return { status: 500, reason: 'an internal error: see the terminal' }
}
