import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { median } from '../../bench/measure.js'
import { main, stepOf } from '../training.js'

/**
 * By how much the training `pid`, whose run is in `folder`, is slower than one that has just begun: the median of `pairs`, each of `steps`
 * steps of the one and of the other right after, while the one that is not measured is stopped. Machines become faster and slower within
 * hours; two processes in the same minute see the same machine.
 */
export async function slowerThanFresh(pid: number, folder: string, pairs = 8, steps = 40): Promise<number> {
  const out = mkdtempSync(join(tmpdir(), 'ghostgrad-fresh-'))
  process.kill(pid, 'SIGSTOP')
  const twin = spawn(
    process.execPath,
    [main, 'train', '--config', join(folder, 'config.yaml'), '--out', join(out, 'run'), '--log-every', '1'],
    { stdio: 'ignore' },
  )
  try {
    const fresh = { pid: twin.pid!, folder: join(out, 'run') }
    const old = { pid, folder }
    // The engine compiles during the first steps.
    await secondsOf(fresh, steps)
    process.kill(fresh.pid, 'SIGSTOP')
    const ratios: number[] = []
    for (let i = 0; i < pairs; i++) {
      const seconds = { old: 0, fresh: 0 }
      for (const age of i % 2 === 0 ? (['old', 'fresh'] as const) : (['fresh', 'old'] as const)) {
        const one = age === 'old' ? old : fresh
        process.kill(one.pid, 'SIGCONT')
        seconds[age] = await secondsOf(one, steps)
        process.kill(one.pid, 'SIGSTOP')
      }
      ratios.push(seconds.old / seconds.fresh)
    }
    return median(ratios) - 1
  } finally {
    twin.kill('SIGKILL')
    process.kill(pid, 'SIGCONT')
    rmSync(out, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** How long a training takes for `steps` steps, from the end of the one that is under way. */
async function secondsOf({ pid, folder }: { pid: number; folder: string }, steps: number): Promise<number> {
  const reach = async (step: number): Promise<number> => {
    while (stepOf(folder) < step) {
      process.kill(pid, 0)
      await pause(5)
    }
    return performance.now()
  }
  const next = stepOf(folder) + 1
  const start = await reach(next)
  return ((await reach(next + steps)) - start) / 1000
}
