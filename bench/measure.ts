import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { packageRoot } from '../src/packageRoot.js'
import type { BenchmarkResult, BenchmarkTask } from '../src/train/benchmark.js'

export const inPackage = (path: string): string => fileURLToPath(new URL(path, packageRoot))

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

export interface Setting {
  /** Default training. */
  task?: BenchmarkTask
  model: string
  batchSize: number
  threads: number
  seconds: number
  /** Of ghostnet, ours only. */
  width?: number
}

/** Run a program with a setting as its flags, and more variables in its environment; it prints one line of JSON. */
export function runProgram<T>(
  program: string,
  args: readonly string[],
  setting: Setting,
  variables: Readonly<Record<string, string>> = {},
): T {
  const { task = 'training', model, batchSize, threads, seconds } = setting
  const flags = { task, model, 'batch-size': batchSize, threads, seconds }
  const line = execFileSync(
    program,
    [...args, ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...variables } },
  )
  return JSON.parse(line) as T
}

/** A process of ours: images/s, and the most memory that its kernels had in use. */
export function measureOurs(setting: Setting): BenchmarkResult {
  const width = setting.width === undefined ? [] : ['--width', String(setting.width)]
  return runProgram(process.execPath, [inPackage('dist/cli/main.js'), 'bench', '--json', ...width], setting)
}
