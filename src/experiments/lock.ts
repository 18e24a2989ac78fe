import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname } from 'node:path'
import { z } from 'zod'

const ownerSchema = z.object({ token: z.string(), pid: z.number(), host: z.string(), since: z.string() })

/** Who holds a lock. */
export type LockOwner = z.infer<typeof ownerSchema>

/** How often an owner says that it is alive, and after how long a silence it counts as dead; milliseconds. */
const beatEvery = 20_000
const deadAfter = 600_000

/**
 * A lock between processes, also of several machines on one file system: files `<path>.lock.1`, `.2` … of which the highest counts.
 * A lock is taken by making the next one, which the file system lets only one process do; so a dead owner's lock is taken over by
 * one process alone. An owner on this machine is dead when its process is, on another one when it has been silent for ten minutes.
 */
export class Lock {
  readonly #path: string
  readonly #token: string
  readonly #timer: NodeJS.Timeout

  private constructor(path: string, number: number, token: string, onLost: () => void) {
    this.#path = path
    this.#token = token
    this.#timer = setInterval(() => {
      if (!this.#isOurs) onLost()
      else utimesSync(fileOf(path, number), new Date(), new Date())
    }, beatEvery)
    this.#timer.unref()
  }

  /**
   * Take the lock, or null where a living process has it.
   * @param onLost called if another process took it, because this one was silent for too long (its machine slept, say)
   */
  static acquire(path: string, onLost: () => void = () => {}): Lock | null {
    mkdirSync(dirname(path), { recursive: true })
    const before = newest(path)
    if (before && isAlive(before)) return null
    const number = (before?.number ?? 0) + 1
    const token = `${process.pid}-${process.hrtime.bigint()}`
    const owner: LockOwner = { token, pid: process.pid, host: hostname(), since: new Date().toISOString() }
    try {
      writeFileSync(fileOf(path, number), JSON.stringify(owner), { flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null
      throw error
    }
    // Someone may have finished and begun anew since we looked: then the lock below ours is not the dead one.
    const isFree =
      newest(path)?.number === number && (!before || read(path, before.number)?.token === before.owner?.token)
    if (isFree) return new Lock(path, number, token, onLost)
    rmSync(fileOf(path, number), { force: true })
    return null
  }

  release(): void {
    clearInterval(this.#timer)
    if (!this.#isOurs) return
    for (const number of numbers(this.#path)) rmSync(fileOf(this.#path, number), { force: true })
  }

  get #isOurs(): boolean {
    return newest(this.#path)?.owner?.token === this.#token
  }
}

/** The living owner of a lock, or null. */
export function lockOwner(path: string): LockOwner | null {
  const top = newest(path)
  return top && isAlive(top) ? (top.owner ?? { token: '', pid: 0, host: 'unknown', since: '' }) : null
}

interface Top {
  number: number
  /** Null while it is being written. */
  owner: LockOwner | null
  /** Milliseconds since its owner's last sign of life. */
  silence: number
}

const fileOf = (path: string, number: number): string => `${path}.lock.${number}`

/** The numbers of a lock's files, ascending. */
function numbers(path: string): number[] {
  if (!existsSync(dirname(path))) return []
  const prefix = `${basename(path)}.lock.`
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix))
  return names.map((name) => Number(name.slice(prefix.length))).sort((a, b) => a - b)
}

function newest(path: string): Top | null {
  const number = numbers(path).at(-1)
  if (number === undefined) return null
  const info = statSync(fileOf(path, number), { throwIfNoEntry: false })
  return info ? { number, owner: read(path, number), silence: Date.now() - info.mtimeMs } : newest(path)
}

function read(path: string, number: number): LockOwner | null {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(fileOf(path, number), 'utf8')))
  } catch {
    return null
  }
}

function isAlive({ owner, silence }: Top): boolean {
  if (silence > deadAfter) return false
  if (!owner || owner.host !== hostname()) return true
  try {
    process.kill(owner.pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it is another user's
  }
}
