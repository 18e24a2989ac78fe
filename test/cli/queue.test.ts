/** A queue on a real Redis (https://redis.io). It has to be installed; `.ci/run` does, and says where it is. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, startGhostgrad } from './support.js'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 30_000 })

const newFolder = temporaryFolders()
const short = ['--data', 'cifar10-sample', '--epochs', '2', '--batch-size', '64']
const table = ['reproduce', 'ghostnet', ...short, '--threads', '1', '--save-every', '3']
const idOf = (width: string) => `ghostnet-${width}-cifar-fast+epochs=2+batchSize=64+data=cifar10-sample-seed0`
const ids = ['0.5', '1.0'].map(idOf)

const server = process.env.REDIS_SERVER ?? 'redis-server'
/** Where REDIS_SERVER is set, it has to work. */
const isLacking = process.env.REDIS_SERVER === undefined && spawnSync(server, ['--version']).error !== undefined
let redis: ChildProcess | undefined
let url: string
const workers: ChildProcess[] = []

beforeAll(async () => {
  if (isLacking) return
  const port = await freePort()
  url = `redis://127.0.0.1:${port}`
  redis = spawn(server, ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' })
  await new Promise((resolve, reject) => redis!.once('spawn', resolve).once('error', reject))
})

afterAll(() => {
  for (const worker of workers) worker.kill('SIGKILL')
  redis?.kill('SIGKILL')
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

function startWorker(cwd: string): ChildProcess {
  const worker = startGhostgrad(['worker', '--redis', url], cwd)
  workers.push(worker)
  return worker
}

const folderOf = (cwd: string, id: string): string => join(cwd, 'runs', 'reproduce', id)

describe.skipIf(isLacking)('two workers of a queue', () => {
  it('complete a table when one of them is killed, to the bits of a run that nobody disturbed', async () => {
    const [quiet, disturbed] = [newFolder(), newFolder()]
    expect((await ghostgrad(table, { cwd: quiet })).code).toBe(0)

    const first = startWorker(disturbed)
    const filling = ghostgrad([...table, '--executor', 'bullmq', '--redis', url], { cwd: disturbed })
    // The first job goes to the only worker there is, which dies behind its first checkpoint.
    while (!existsSync(join(folderOf(disturbed, ids[0]!), 'checkpoint.safetensors'))) await setTimeout(20)
    first.kill('SIGKILL')
    expect(existsSync(join(disturbed, 'results'))).toBe(false)
    const second = startWorker(disturbed)

    const { code, stderr, stdout } = await filling
    expect(stderr).toMatch(/ghostnet-1\.0.*: done \(2 of 2\)|ghostnet-0\.5.*: done \(2 of 2\)/)
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nGhostNet 0\.5× .*results\/ghostnet-0\.5.*\nGhostNet 1\.0× .*results\/ghostnet-1\.0/)
    for (const id of ids) {
      for (const file of ['model.safetensors', 'best.safetensors']) {
        const [expected, actual] = [quiet, disturbed].map((cwd) => readFileSync(join(folderOf(cwd, id), file)))
        expect(actual!.equals(expected!), `${id}, ${file}`).toBe(true)
      }
    }
    expect(readdirSync(join(disturbed, 'runs', 'reproduce')).sort()).toEqual(ids) // no lock is left

    const stopped = new Promise((resolve) => second.once('close', resolve))
    second.kill('SIGINT')
    expect(await stopped).toBe(0)
  })

  it('that is not there', async () => {
    const { code, stderr } = await ghostgrad(['worker', '--redis', 'redis://127.0.0.1:1'], { cwd: newFolder() })
    expect(stderr).toMatch(
      /^ghostgrad: redis:\/\/127\.0\.0\.1:1: no Redis to be used there \(.+\): start one with redis-server, or say where it is with --redis\n$/,
    )
    expect(code).not.toBe(0)
  })
})
