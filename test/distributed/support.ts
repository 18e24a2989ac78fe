import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import type { Outcome } from '../cli/support.js'

/** Launchers that are installed; those that MPIRUN names, with spaces between, have to work. */
export const launchers: readonly string[] =
  process.env.MPIRUN?.split(' ') ??
  ['mpirun.mpich', 'mpirun.openmpi'].filter((name) => spawnSync(name, ['--version']).error === undefined)

const openMpiFlags = ['--allow-run-as-root', '--oversubscribe']

/** Define the same tests for each launcher. */
export function onEachLauncher(define: (launcher: string) => void): void {
  if (launchers.length === 0) it.skip('MPI is not installed', () => {})
  for (const launcher of launchers) describe(launcher, () => define(launcher))
}

/** Run a script of ours in `ranks` processes. */
export function launch(
  launcher: string,
  ranks: number,
  script: string,
  args: readonly string[],
  cwd?: string,
): Promise<Outcome> {
  const flags = launcher.includes('openmpi') ? openMpiFlags : []
  const child = spawn(launcher, [...flags, '-n', String(ranks), process.execPath, script, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

export const scriptPath = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
