import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../packageRoot.js'
import { availableCores } from '../tensor/wasm/host/cores.js'

/** Of this package. */
export const version: string = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')).version

/** For records: `Node v22.1.0, linux x64, 2 × AMD EPYC 9B14`. */
export function describeMachine(): string {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${engine()}, ${process.platform} ${process.arch}, ${availableCores()} × ${cpu}`
}

function engine(): string {
  const { bun, deno, node } = process.versions
  if (bun !== undefined) return `Bun v${bun}`
  return deno === undefined ? `Node v${node}` : `Deno v${deno}`
}

/** Commit of the working copy that this is, `+` behind it if files differ from it; null for an installed package. */
export function describeCommit(): string | null {
  if (!existsSync(new URL('.git', packageRoot))) return null
  const args = ['-C', fileURLToPath(packageRoot), 'describe', '--always', '--exclude=*', '--abbrev=12', '--dirty=+']
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}
