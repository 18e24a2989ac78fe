import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Generator } from '../../src/tensor/random.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { differences, fingerprint, ghostgrad, settings, startOrResume } from './trial.js'

export interface KillOutcome {
  kills: number
  /** Kills before the first checkpoint, and after it. */
  early: number
  /** Runs that came to their end, after kills. */
  runs: number
  findings: string[]
}

/**
 * Kill training by SIGKILL at random moments, again and again, until it ends; compare with a run that nobody disturbed. A checkpoint
 * must be whole after every kill.
 */
export async function killTraining(options: { kills: number; seed: number }): Promise<KillOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-kills-'))
  const random = new Generator(options.seed)
  const outcome: KillOutcome = { kills: 0, early: 0, runs: 0, findings: [] }
  try {
    const whole = join(folder, 'whole')
    const before = performance.now()
    expectCode(await ghostgrad(['train', ...settings, '--out', whole]), 0)
    const wholeMs = performance.now() - before
    const expected = fingerprint(whole)
    while (outcome.kills < options.kills && outcome.findings.length === 0) {
      const run = join(folder, `run${outcome.runs}`)
      await killUntilDone(run, outcome, () => random.uniform() * wholeMs)
      outcome.runs++
      const wrong = differences(expected, fingerprint(run))
      if (wrong.length > 0) outcome.findings.push(`run ${outcome.runs}: differs in ${wrong.join(', ')}`)
      rmSync(run, { recursive: true })
    }
    return outcome
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function killUntilDone(run: string, outcome: KillOutcome, nextDelay: () => number): Promise<void> {
  for (;;) {
    const { code, stderr } = await ghostgrad(startOrResume(run), { killAfterMs: nextDelay() })
    if (code === 0 || stderr.includes('is complete')) return // killed between its last save and its end
    if (code !== null) throw new Error(`exit code ${code}: ${stderr}`)
    outcome.kills++
    const checkpoint = join(run, 'checkpoint.safetensors')
    if (existsSync(checkpoint)) readCheckpoint(checkpoint)
    else {
      outcome.early++
      rmSync(run, { recursive: true, force: true })
    }
  }
}

function expectCode({ code, stderr }: { code: number | null; stderr: string }, expected: number): void {
  if (code !== expected) throw new Error(`expected exit code ${expected}, got ${code}: ${stderr}`)
}
