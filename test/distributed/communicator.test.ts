/** The communicator between real processes. MPI has to be installed; `.ci/run` does that. */
import { createHash } from 'node:crypto'
import { afterEach, expect, it, vi } from 'vitest'
import { Generator } from '../../src/tensor/random.js'
import { launch, onEachLauncher, scriptPath } from './support.js'

const script = scriptPath('communicatorProcess.mjs')

// Below and above the size from which on each process adds a share; lengths that do not divide.
const lengths = [
  { type: 'Float64Array', length: 1 },
  { type: 'Float32Array', length: 1001 },
  { type: 'Float32Array', length: 20_011 },
  { type: 'Float64Array', length: 7001 },
] as const

/** The digest of the sums over `size` processes, added in the order of ranks in double precision. */
function expectedSums(size: number): string[] {
  return lengths.map(({ type, length }) => {
    const sums = new Float64Array(length)
    for (let rank = 0; rank < size; rank++) {
      const generator = new Generator(rank)
      for (let i = 0; i < length; i++) {
        const value = generator.normal() * 10 ** generator.integer(6)
        sums[i]! += type === 'Float32Array' ? Math.fround(value) : value
      }
    }
    const values = type === 'Float32Array' ? Float32Array.from(sums) : sums
    return createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex')
  })
}

onEachLauncher((launcher) => {
  it.each([1, 3])('%i processes', async (size) => {
    const { code, stdout, stderr } = await launch(launcher, size, script, [JSON.stringify(lengths)])
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ rank }) => rank).sort()).toEqual(Array.from({ length: size }, (_, i) => i))
    for (const line of lines) {
      expect(line).toMatchObject({ size, localSize: size, bytes: [0, 2, 3] })
      expect(line.description).toMatch(/^\d process(es)? \((MPICH Version: |Open MPI v)[\d.]+\)$/)
      expect(line.sums).toEqual(expectedSums(size))
      expect(line.told).toEqual({ by: 0, text: 'ä', numbers: [0.1, null] })
      expect(line.milliseconds, 'waiting costs next to nothing').toBeLessThan(200)
    }
  })

  it('ends all when one fails', async () => {
    const { code, stdout, stderr } = await launch(launcher, 2, script, [JSON.stringify(lengths), '1'])
    expect(stderr).toContain('rank 1 gives up')
    expect(stdout).toBe('')
    expect(code).toBe(7)
  })

  // Debian's MPICH is built upon UCX; Open MPI there does without.
  if (launcher === 'mpirun.mpich') {
    it('keeps UCX from trying out its watch over memory', async () => {
      vi.stubEnv('UCX_MEM_LOG_LEVEL', 'debug')
      const log = async (): Promise<string> => (await launch(launcher, 2, script, [JSON.stringify(lengths)])).stdout
      expect(await log()).not.toContain('installed events')
      vi.stubEnv('UCX_MEM_EVENTS', 'yes')
      expect(await log()).toContain('testing mmap installed events')
    })
  }
})

afterEach(() => {
  vi.unstubAllEnvs()
})
