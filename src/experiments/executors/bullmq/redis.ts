import type { Redis } from 'ioredis'
import { ConfigError, GhostgradError } from '../../../tensor/errors.js'

export const defaultRedis = 'redis://127.0.0.1:6379'

/** The queue's name in Redis. */
export const queueName = 'ghostgrad'

/** A connection to Redis, and the packages for what is to be done with it. */
export interface OpenRedis {
  bullmq: typeof import('bullmq')
  connection: Redis
  /** The URL without the password. */
  where: string
  /** Give the connection up, quietly. */
  close: () => void
}

/**
 * Connect to Redis. A connection that is lost later is made again whenever that is possible, and what was asked meanwhile is sent then.
 * @param url `redis://[[user]:password@]host[:port][/database]`, or `rediss:` for TLS
 * @param onNote told when Redis goes away and when it is back
 * @throws ConfigError if the packages for it are not installed, or the URL is not one; GhostgradError if no Redis answers there
 */
export async function openRedis(url: string, onNote: (text: string) => void): Promise<OpenRedis> {
  const where = withoutPassword(url)
  const { bullmq, Redis } = await loadPackages()
  let isOpen = false
  let why = 'no answer'
  const retryStrategy = (times: number) => (isOpen ? Math.min(200 * times, 2000) : null)
  const connection = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy })
  connection.on('error', (error) => {
    why = error.message || (error as NodeJS.ErrnoException).code || why
  })
  await connection
    .connect()
    .then(() => connection.ping())
    .catch((error) => {
      connection.disconnect()
      const reason = error.message === 'Connection is closed.' ? why : error.message
      throw new GhostgradError(
        `${where}: no Redis to be used there (${reason}): start one with redis-server, or say where it is with --redis`,
      )
    })
  isOpen = true
  let isAway = false
  connection.on('close', () => {
    if (!isAway) onNote(`Redis at ${where} went away; what is running goes on, and so does the rest when it is back`)
    isAway = true
  })
  connection.on('ready', () => {
    onNote(`Redis at ${where} is back`)
    isAway = false
  })
  const close = () => {
    connection.removeAllListeners('close')
    connection.disconnect()
  }
  return { bullmq, connection, where, close }
}

function withoutPassword(url: string): string {
  if (!/^rediss?:/.test(url) || !URL.canParse(url)) {
    throw new ConfigError(`--redis: expected a URL such as ${defaultRedis}, got "${url}"`)
  }
  const parsed = new URL(url)
  if (parsed.password) parsed.password = '***'
  return parsed.href
}

/** They are for those who use a queue, and only they install them. */
async function loadPackages() {
  try {
    const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')])
    return { bullmq, Redis }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new ConfigError('a queue needs two packages that are not installed: npm install bullmq@6 ioredis@6')
  }
}
