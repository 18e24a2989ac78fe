import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Lock, lockOwner } from '../../src/experiments/index.js'
import { temporaryFolders } from '../train/support.js'

const newFolder = temporaryFolders()
afterEach(() => void vi.useRealTimers())

const built = new URL('../../dist/src/experiments/lock.js', import.meta.url).href

/** A process that tries to take the lock, says whether it did, and then waits to be killed. */
async function contender(path: string): Promise<{ won: boolean; kill: () => Promise<void> }> {
  const code = `const { Lock } = await import(${JSON.stringify(built)})
    console.log(Lock.acquire(${JSON.stringify(path)}) !== null)
    setTimeout(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said = await new Promise<string>((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk))))
  const kill = () =>
    new Promise<void>((resolve) => {
      child.on('close', () => resolve())
      child.kill('SIGKILL')
    })
  return { won: said === 'true\n', kill }
}

const put = (path: string, number: number, owner: object) =>
  writeFileSync(`${path}.lock.${number}`, JSON.stringify(owner))

describe('a lock', () => {
  it('is had by one at a time, and leaves nothing behind', () => {
    const path = join(newFolder(), 'folder', 'job')
    expect(lockOwner(path)).toBeNull()
    const lock = Lock.acquire(path)!
    expect(lockOwner(path)).toMatchObject({ pid: process.pid, host: hostname() })
    expect(Lock.acquire(path)).toBeNull()
    expect(Lock.acquire(`${path}2`)).not.toBeNull()
    lock.release()
    expect(lockOwner(path)).toBeNull()
    expect(readdirSync(join(path, '..'))).toEqual(['job2.lock.1'])
  })

  it('of a living process is not taken, that of a dead one is', async () => {
    const path = join(newFolder(), 'job')
    const other = await contender(path)
    expect(other.won).toBe(true)
    expect(Lock.acquire(path)).toBeNull()
    await other.kill()
    expect(lockOwner(path)).toBeNull()
    const lock = Lock.acquire(path)!
    expect(lockOwner(path)!.pid).toBe(process.pid)
    lock.release()
    expect(readdirSync(join(path, '..'))).toEqual([])
  })

  it('of a dead process is taken over by one of many', async () => {
    const path = join(newFolder(), 'job')
    const dead = await contender(path)
    await dead.kill()
    const contenders = await Promise.all([1, 2, 3, 4].map(() => contender(path)))
    expect(contenders.filter(({ won }) => won).length).toBe(1)
    await Promise.all(contenders.map(({ kill }) => kill()))
  })

  it('of another machine is taken after ten minutes of silence', () => {
    const path = join(newFolder(), 'job')
    put(path, 1, { token: 'x', pid: process.pid, host: 'elsewhere', since: '' })
    expect(lockOwner(path)!.host).toBe('elsewhere')
    expect(Lock.acquire(path)).toBeNull()
    const longAgo = new Date(Date.now() - 601_000)
    utimesSync(`${path}.lock.1`, longAgo, longAgo)
    expect(lockOwner(path)).toBeNull()
    Lock.acquire(path)!.release()
  })

  it('that is being written belongs to someone', () => {
    const path = join(newFolder(), 'job')
    writeFileSync(`${path}.lock.1`, '')
    expect(Lock.acquire(path)).toBeNull()
    expect(lockOwner(path)).not.toBeNull()
  })

  it('shows signs of life, and notices when it was taken away', () => {
    vi.useFakeTimers()
    const path = join(newFolder(), 'job')
    const onLost = vi.fn()
    const lock = Lock.acquire(path, onLost)!
    const longAgo = new Date(Date.now() - 300_000)
    utimesSync(`${path}.lock.1`, longAgo, longAgo)
    vi.advanceTimersByTime(20_000)
    expect(lockOwner(path)).not.toBeNull()
    expect(onLost).not.toHaveBeenCalled()
    put(path, 2, { token: 'of another', pid: process.pid, host: hostname(), since: '' })
    vi.advanceTimersByTime(20_000)
    expect(onLost).toHaveBeenCalled()
    lock.release()
    expect(JSON.parse(readFileSync(`${path}.lock.2`, 'utf8')).token).toBe('of another')
  })
})
