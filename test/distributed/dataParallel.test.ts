/** Gradients and batch norm over real processes, in double precision: the same as in one process, to the last few bits. */
import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { launch, onEachLauncher, scriptPath } from './support.js'

interface Line {
  rank: number
  results: { loss: number; correct: number; images: number }[]
  weights: Record<string, number[]>
  buffers: Record<string, number[]>
}

const script = scriptPath('stepProcess.mjs')
const count = 7 // images: shares differ

/** Largest difference of any number in two records. */
function difference(a: Record<string, number[]>, b: Record<string, number[]>): number {
  expect(Object.keys(a)).toEqual(Object.keys(b))
  return Math.max(...Object.entries(a).flatMap(([name, values]) => values.map((v, i) => Math.abs(v - b[name]![i]!))))
}

async function train(launcher: string, size: number, how: 'sync' | 'apart'): Promise<Line[]> {
  const { stdout, stderr } = await launch(launcher, size, script, [how, String(count)])
  expect(stderr).toBe('')
  const lines = stdout.trim().split('\n')
  expect(lines.length).toBe(size)
  return lines.map((line) => JSON.parse(line) as Line)
}

onEachLauncher((launcher) => {
  it('with synchronized batch norm the result is that of one process with the whole batch', async () => {
    const single = JSON.parse(
      execFileSync(process.execPath, [script, 'alone', String(count)], { encoding: 'utf8' }),
    ) as Line
    for (const line of await train(launcher, 3, 'sync')) {
      for (const [step, { loss, correct, images }] of line.results.entries()) {
        const whole = single.results[step]!
        expect(Math.abs(loss - whole.loss)).toBeLessThan(1e-13)
        expect({ correct, images }).toEqual({ correct: whole.correct, images: count })
      }
      expect(difference(line.weights, single.weights)).toBeLessThan(1e-13)
      expect(difference(line.buffers, single.buffers)).toBeLessThan(1e-13)
    }
    const [apart, other] = await train(launcher, 2, 'apart')
    expect(difference(apart!.weights, single.weights)).toBeGreaterThan(1e-3)
    expect(difference(apart!.weights, other!.weights), 'all processes have the same weights').toBe(0)
  })
})
