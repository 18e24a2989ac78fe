/** Gradients and batch norm over real processes, in double precision: the same as in one process, to the last few bits. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolders } from '../train/support.js'
import { launch, onEachLauncher, scriptPath } from './support.js'

interface Outcome {
  results: { loss: number; correct: number; images: number }[]
  weights: Record<string, number[]>
  buffers: Record<string, number[]>
}

const script = scriptPath('stepProcess.mjs')
const newFolder = temporaryFolders()
const count = 7 // images: shares differ

/** Largest difference of any number in two records. */
function difference(a: Record<string, number[]>, b: Record<string, number[]>): number {
  expect(Object.keys(a)).toEqual(Object.keys(b))
  return Math.max(...Object.entries(a).flatMap(([name, values]) => values.map((v, i) => Math.abs(v - b[name]![i]!))))
}

const read = (folder: string, how: string, rank: number): Outcome =>
  JSON.parse(readFileSync(join(folder, `${how}-${rank}.json`), 'utf8'))

/** Train in `size` processes. @returns what each came to */
async function train(launcher: string, size: number, how: 'sync' | 'apart', folder: string): Promise<Outcome[]> {
  const { code, stderr } = await launch(launcher, size, script, [how, String(count), folder])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return Array.from({ length: size }, (_, rank) => read(folder, how, rank))
}

onEachLauncher((launcher) => {
  it('with synchronized batch norm the result is that of one process with the whole batch', async () => {
    const folder = newFolder()
    execFileSync(process.execPath, [script, 'alone', String(count), folder])
    const single = read(folder, 'alone', 0)
    for (const outcome of await train(launcher, 3, 'sync', folder)) {
      for (const [step, { loss, correct, images }] of outcome.results.entries()) {
        const whole = single.results[step]!
        expect(Math.abs(loss - whole.loss)).toBeLessThan(1e-13)
        expect({ correct, images }).toEqual({ correct: whole.correct, images: count })
      }
      expect(difference(outcome.weights, single.weights)).toBeLessThan(1e-13)
      expect(difference(outcome.buffers, single.buffers)).toBeLessThan(1e-13)
    }
    const [apart, other] = await train(launcher, 2, 'apart', folder)
    expect(difference(apart!.weights, single.weights)).toBeGreaterThan(1e-3)
    expect(difference(apart!.weights, other!.weights), 'all processes have the same weights').toBe(0)
  })
})
