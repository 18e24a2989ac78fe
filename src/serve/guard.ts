import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'

/** Why a request is refused. */
export interface Refusal {
  status: 400 | 403 | 404 | 405 | 413 | 500 | 503
  reason: string
}

const loopback = ['localhost', '127.0.0.1', '::1']

/** Whether a server bound to this address is for this machine alone. */
export const isLoopback = (host: string): boolean => loopback.includes(host) || host.startsWith('127.')

/**
 * Look at a request before anything is done for it. A page elsewhere may make a browser that can reach this server send it requests,
 * even under a name of its own that leads here (DNS rebinding): so the name asked for has to be ours, and the page that asks has to
 * be as well.
 * @param bound the address that the server listens on
 * @returns null if nothing is wrong with it
 */
export function refusalOf({ method, headers, url = '' }: IncomingMessage, bound: string): Refusal | null {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, reason: 'only GET and HEAD are answered' }
  const { host = '', origin, 'content-length': length = '0', 'transfer-encoding': encoding } = headers
  if (length !== '0' || encoding !== undefined) return { status: 413, reason: 'a request has no body here' }
  if (!isOurs(nameIn(host), bound)) {
    return { status: 403, reason: 'this Host is not known here: use localhost, or the address that serve was given' }
  }
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, reason: 'not asked by a page from here' }
  const [site, mode] = [headers['sec-fetch-site'], headers['sec-fetch-mode']]
  if (mode !== 'navigate' && (site === 'cross-site' || site === 'same-site')) {
    return { status: 403, reason: 'not asked by a page from here' }
  }
  if (!url.startsWith('/')) return { status: 400, reason: 'expected a path' }
  return null
}

/** `localhost` of `localhost:8080`, `::1` of `[::1]:8080`; the port may be another one, of a tunnel. */
const nameIn = (host: string): string =>
  (/^(?:\[([0-9a-f:.]+)\]|([^:/?#@\s]+))(?::\d{1,5})?$/i.exec(host)?.slice(1).find(Boolean) ?? '').toLowerCase()

/** A name can be made to lead anywhere, an address cannot. */
function isOurs(name: string, bound: string): boolean {
  if (loopback.includes(name)) return true
  return !isLoopback(bound) && (isIP(name) > 0 || [bound, hostname()].some((own) => own.toLowerCase() === name))
}
